"""Focal loss: cross entropy that loses interest in what is already right.

Letters in shapes: B examples, K classes; ``...`` any number of dimensions (the first one is B), the same in both
arguments.

Course: LOSS-13.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from glasswork.checks import (
    check_at_least,
    check_choice,
    check_dimensions,
    check_not_empty,
    check_same_shape,
    check_size,
    check_whole,
)
from glasswork.losses.loss import REDUCTIONS, reduced

__all__ = ["Focal", "focal", "focal_formula"]


def focal(
    logits: Tensor,
    targets: Tensor,
    *,
    gamma: float = 2.0,
    class_weight: Tensor | None = None,
    weights: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Mean focal loss, from logits.

    With :math:`p = \operatorname{softmax}(z)` and the right class :math:`y`, averaged over the examples:

    .. math:: \ell = -\alpha_y\,(1 - p_y)^\gamma \log p_y

    Derivative:

    .. math:: \frac{\partial \ell}{\partial z_k} = \alpha_y \left( \gamma\,p_y (1 - p_y)^{\gamma - 1} \log p_y
              - (1 - p_y)^\gamma \right) ([k = y] - p_k)

    where :math:`[k = y]` is 1 for the right class and 0 for the others.

    Args:
        logits: (..., K) raw scores.
        targets: (...) class indices from 0 to K - 1.
        gamma: how fast interest fades as the right class becomes likely; at least 0, where 0 is cross entropy.
        class_weight: (K,) the paper's :math:`\alpha`, how much each class counts.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an index, shape (...).

    Returns:
        A scalar, shape ``()``; a plain mean, also with `class_weight`.

    Units: nats.

    Source: Lin, Goyal, Girshick, He & Dollár 2017, "Focal Loss for Dense Object Detection".

    >>> focal(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))  # 0.5^2 * log 2
    tensor(0.1733)
    """
    check_at_least("focal", 0, gamma=gamma)
    check_whole("focal", targets=targets)
    if targets.shape != logits.shape[:-1]:
        check_same_shape("focal", logits_without_classes=SimpleNamespace(shape=logits.shape[:-1]), targets=targets)
    if not logits.dim():
        check_dimensions("focal", 2, logits=logits)
    check_not_empty("focal", logits=logits)
    check_choice("focal", REDUCTIONS, reduction=reduction)
    log_p = torch.log_softmax(logits, dim=-1).gather(-1, targets.long().unsqueeze(-1)).squeeze(-1)
    # 1 - p by expm1 keeps its digits near p = 1; the floor keeps the slope of (1 - p)^gamma finite there.
    miss = (-torch.expm1(log_p)).clamp(min=torch.finfo(log_p.dtype).tiny)
    surprise = -(miss**gamma) * log_p
    if class_weight is not None:
        check_size("focal", 0, logits.shape[-1], class_weight=class_weight)
        surprise = surprise * class_weight.to(surprise.dtype)[targets.long()]
    return reduced("focal", surprise, reduction, weights)


def focal_formula(logits: Tensor, targets: Tensor, *, gamma: float = 2.0, class_weight: Tensor | None = None) -> Tensor:
    """The same in plain operations, for logits that leave some doubt.

    >>> focal_formula(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
    tensor(0.1733)
    """
    powers = torch.exp(logits)
    p = (powers / powers.sum(-1, keepdim=True)).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    alpha = 1 if class_weight is None else class_weight.to(p.dtype)[targets]
    return (-alpha * (1 - p) ** gamma * torch.log(p)).mean()


class Focal(nn.Module):
    """`focal` that remembers its settings.

    Args:
        gamma: how fast interest fades; at least 0.
        class_weight: (K,) how much each class counts, as a tensor or a list.

    >>> Focal(gamma=1.0)(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))  # 0.5 * log 2
    tensor(0.3466)
    """

    class_weight: Tensor | None

    def __init__(self, *, gamma: float = 2.0, class_weight: Tensor | Sequence[float] | None = None) -> None:
        super().__init__()
        check_at_least("Focal", 0, gamma=gamma)
        weight = None if class_weight is None else torch.as_tensor(class_weight, dtype=torch.float32)
        self.register_buffer("class_weight", weight)
        self.gamma = gamma

    def forward(self, logits: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return focal(logits, targets, gamma=self.gamma, class_weight=self.class_weight, weights=weights)

    def extra_repr(self) -> str:
        """Show the settings."""
        weight = "" if self.class_weight is None else f", class_weight={self.class_weight.tolist()}"
        return f"gamma={self.gamma}{weight}"
