"""Minimax generator loss: what the generator loses in the game that the discriminator wins.

Course: LOSS-17.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_not_empty

__all__ = ["MinimaxGeneratorLoss", "minimax_generator_loss", "minimax_generator_loss_formula"]


def minimax_generator_loss(fake_logits: Tensor) -> Tensor:
    r"""The generator's share of the game's value, which it wants small.

    With the discriminator's belief :math:`D = \sigma(z)` that an example is real:

    .. math:: \ell = E_z \log (1 - D(G(z)))

    Derivative:

    .. math:: \frac{\partial \ell}{\partial z} = -D(G(z))

    divided by the number of examples.

    Where the discriminator is sure that an example is made up, D is near 0, and so is the slope: early on the generator
    learns little.

    Args:
        fake_logits: any shape, the discriminator's raw scores of what the generator made; no sigmoid before.

    Returns:
        A scalar, shape ``()``.

    Units: nats.

    Source: Goodfellow et al. 2014, "Generative Adversarial Nets", equation 1.

    Differs from `non_saturating_generator_loss`, which is steep exactly there.

    >>> minimax_generator_loss(torch.tensor([0.0]))  # -log 2
    tensor(-0.6931)
    """
    check_not_empty("minimax_generator_loss", fake_logits=fake_logits)
    return -functional.softplus(fake_logits, threshold=40.0).mean()


def minimax_generator_loss_formula(fake_logits: Tensor) -> Tensor:
    """The same in plain operations, for logits that leave some doubt.

    >>> minimax_generator_loss_formula(torch.tensor([0.0]))
    tensor(-0.6931)
    """
    return torch.log(1 - torch.sigmoid(fake_logits)).mean()


class MinimaxGeneratorLoss(nn.Module):
    """`minimax_generator_loss` as a module.

    >>> MinimaxGeneratorLoss()(torch.tensor([0.0]))
    tensor(-0.6931)
    """

    def forward(self, fake_logits: Tensor) -> Tensor:
        """Return the mean loss."""
        return minimax_generator_loss(fake_logits)
