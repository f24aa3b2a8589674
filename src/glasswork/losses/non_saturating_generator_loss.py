"""Non-saturating generator loss: the generator raises the odds of being taken for real.

Course: LOSS-17.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_not_empty

__all__ = ["NonSaturatingGeneratorLoss", "non_saturating_generator_loss", "non_saturating_generator_loss_formula"]


def non_saturating_generator_loss(fake_logits: Tensor) -> Tensor:
    r"""Mean surprise that what the generator made is real.

    With the discriminator's belief :math:`D = \sigma(z)` that an example is real:

    .. math:: \ell = -E_z \log D(G(z))

    Derivative:

    .. math:: \frac{\partial \ell}{\partial z} = D(G(z)) - 1

    divided by the number of examples.

    Where the discriminator is sure that an example is made up, the slope is near -1.

    Args:
        fake_logits: any shape, the discriminator's raw scores of what the generator made; no sigmoid before.

    Returns:
        A scalar, shape ``()``.

    Units: nats.

    Source: Goodfellow et al. 2014, "Generative Adversarial Nets", section 3.

    Differs from `minimax_generator_loss`, with which it shares the fixed point, in the slope far from it.

    >>> non_saturating_generator_loss(torch.tensor([0.0]))  # log 2
    tensor(0.6931)
    """
    check_not_empty("non_saturating_generator_loss", fake_logits=fake_logits)
    return functional.softplus(-fake_logits, threshold=40.0).mean()


def non_saturating_generator_loss_formula(fake_logits: Tensor) -> Tensor:
    """The same in plain operations, for logits that leave some doubt.

    >>> non_saturating_generator_loss_formula(torch.tensor([0.0]))
    tensor(0.6931)
    """
    return -torch.log(torch.sigmoid(fake_logits)).mean()


class NonSaturatingGeneratorLoss(nn.Module):
    """`non_saturating_generator_loss` as a module.

    >>> NonSaturatingGeneratorLoss()(torch.tensor([0.0]))
    tensor(0.6931)
    """

    def forward(self, fake_logits: Tensor) -> Tensor:
        """Return the mean loss."""
        return non_saturating_generator_loss(fake_logits)
