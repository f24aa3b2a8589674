"""Global pooling: each feature map becomes one number, whatever its size.

Letters in shapes: B batch, C channels, T time or H height and W width.

Course: POOL-05.
Source: Lin, Chen & Yan 2014, "Network In Network", section 3.2.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_choice, check_dimensions
from glasswork.errors import ShapeError

__all__ = ["GlobalPool", "global_average_pool", "global_max_pool", "global_pool_formula"]


def global_average_pool(x: Tensor) -> Tensor:
    r"""Take the mean over all places of each map; the answer is shaped ``(B, C)``.

    .. math:: y_c = \frac{1}{H W} \sum_{h,w} x_{c,h,w}

    >>> import torch
    >>> global_average_pool(torch.tensor([[[1.0, 2.0, 6.0]]])).tolist()
    [[3.0]]
    """
    _check("global_average_pool", x)
    return x.mean(tuple(range(2, x.dim())))


def global_max_pool(x: Tensor) -> Tensor:
    r"""Take the largest of all places of each map; the answer is shaped ``(B, C)``.

    .. math:: y_c = \max_{h,w} x_{c,h,w}

    Differs from ``torch.nn.AdaptiveMaxPool2d``, which gives the gradient to the first of several equal largest
    values: here they share it.

    >>> import torch
    >>> global_max_pool(torch.tensor([[[1.0, 2.0, 6.0]]])).tolist()
    [[6.0]]
    """
    _check("global_max_pool", x)
    return x.amax(tuple(range(2, x.dim())))


def global_pool_formula(x: Tensor, *, kind: str = "average") -> Tensor:
    """The same in plain operations: all places in one row.

    >>> import torch
    >>> global_pool_formula(torch.tensor([[[1.0, 2.0, 6.0]]]), kind="max").tolist()
    [[6.0]]
    """
    _check("global_pool", x)
    check_choice("global_pool", ["average", "max"], kind=kind)
    places = x.flatten(2)
    return places.sum(2) / places.shape[2] if kind == "average" else places.max(2).values


class GlobalPool(nn.Module):
    r"""Turn each feature map into one number: its mean, or its largest value.

    .. math:: y_c = \frac{1}{H W} \sum_{h,w} x_{c,h,w} \qquad \text{or} \qquad y_c = \max_{h,w} x_{c,h,w}

    Args:
        kind: ``average`` or ``max``.

    Shapes: ``(B, C, T)`` or ``(B, C, H, W)`` to ``(B, C)``.

    >>> import torch
    >>> maps = torch.arange(8.0).reshape(1, 2, 2, 2)
    >>> GlobalPool()(maps).tolist(), GlobalPool("max")(maps).tolist()
    ([[1.5, 5.5]], [[3.0, 7.0]])
    """

    def __init__(self, kind: str = "average") -> None:
        super().__init__()
        check_choice("GlobalPool", ["average", "max"], kind=kind)
        self.kind = kind

    def forward(self, x: Tensor) -> Tensor:
        """Return one number a map."""
        return global_average_pool(x) if self.kind == "average" else global_max_pool(x)

    def extra_repr(self) -> str:
        """Say the kind."""
        return f"{self.kind!r}"


def _check(who: str, x: Tensor) -> None:
    check_dimensions(who, (3, 4), x=x)
    if 0 in tuple(x.shape[2:]):
        raise ShapeError(f"{who}: x must have at least one place to pool over, got shape {tuple(x.shape)}.")
