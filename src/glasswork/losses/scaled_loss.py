"""Scaled loss: a loss measured in standardised units, whatever the target's own units are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torch import Tensor, nn

__all__ = ["Scale", "ScaledLoss"]


class Scale(Protocol):
    """Anything that standardises a target, such as ``layers.TargetScale``."""

    def scale(self, values: Tensor) -> Tensor:
        """From the target's own units to standardised ones."""
        ...


class ScaledLoss(nn.Module):
    r"""Standardise predictions and targets alike, then compare.

    .. math:: \ell\left(\frac{\hat y - \mu}{\sigma}, \frac{y - \mu}{\sigma}\right)

    A network answers in the target's own units, be they millimetres or millions; learning rates and a Huber loss's
    `delta` are chosen for numbers around 1.

    Args:
        loss: ``loss(predictions, targets) -> scalar``, and with example weights ``loss(..., weights=w)``.
        scale: has ``.scale(values)``; fitted on training targets.

    Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.5, on choosing target values.

    >>> import torch
    >>> class Tens:
    ...     def scale(self, values):
    ...         return values / 10
    >>> ScaledLoss(torch.nn.functional.mse_loss, Tens())(torch.tensor([30.0]), torch.tensor([10.0]))  # (3 - 1)^2
    tensor(4.)
    """

    def __init__(self, loss: Callable[..., Tensor], scale: Scale) -> None:
        super().__init__()
        self.loss = loss
        self.scale = scale

    def forward(self, predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the loss in standardised units."""
        scaled = self.scale.scale(predictions), self.scale.scale(targets)
        return self.loss(*scaled) if weights is None else self.loss(*scaled, weights=weights)
