"""Discriminator loss: how badly real examples and made-up ones are told apart.

Course: LOSS-17.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_not_empty

__all__ = ["DiscriminatorLoss", "discriminator_loss", "discriminator_loss_formula"]


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    r"""Minus the value of the game that the discriminator wants to win.

    With the discriminator's belief :math:`D = \sigma(z)` that an example is real, and the generator's :math:`G`:

    .. math:: \ell = -E_x \log D(x) - E_z \log (1 - D(G(z)))

    Derivative:

    .. math:: \frac{\partial \ell}{\partial z_{\text{real}}} = D(x) - 1, \qquad
              \frac{\partial \ell}{\partial z_{\text{fake}}} = D(G(z))

    each divided by the number of examples.

    Where nothing tells the two apart, the best answer is D = 1/2 everywhere, and the loss is log 4.

    Args:
        real_logits: any shape, raw scores of real examples; no sigmoid before.
        fake_logits: any shape, raw scores of made-up ones, as many or not.

    Returns:
        A scalar, shape ``()``: the sum of two means.

    Units: nats.

    Source: Goodfellow et al. 2014, "Generative Adversarial Nets", equation 1.

    >>> discriminator_loss(torch.tensor([0.0]), torch.tensor([0.0]))  # log 4
    tensor(1.3863)
    """
    check_not_empty("discriminator_loss", real_logits=real_logits, fake_logits=fake_logits)
    # -log sigmoid(z) = softplus(-z); softplus goes over to its straight line where float64 ends.
    real = functional.softplus(-real_logits, threshold=40.0).mean()
    return real + functional.softplus(fake_logits, threshold=40.0).mean()


def discriminator_loss_formula(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The same in plain operations, for logits that leave some doubt.

    >>> discriminator_loss_formula(torch.tensor([0.0]), torch.tensor([0.0]))
    tensor(1.3863)
    """
    return -torch.log(torch.sigmoid(real_logits)).mean() - torch.log(1 - torch.sigmoid(fake_logits)).mean()


class DiscriminatorLoss(nn.Module):
    """`discriminator_loss` as a module.

    >>> DiscriminatorLoss()(torch.tensor([0.0]), torch.tensor([0.0]))
    tensor(1.3863)
    """

    def forward(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return the mean loss."""
        return discriminator_loss(real_logits, fake_logits)
