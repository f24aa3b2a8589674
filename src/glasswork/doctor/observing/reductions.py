"""Reductions: how much one example counts in each part of a loss, from its graph.

A mean over a batch of 50 gives each example a weight of 1/50, a sum one of 1; what stands in front of either multiplies
it. Parts of one loss that are reduced in different ways do not go together.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

__all__ = ["row_weights"]

_DEEPEST = 64
_MOST = 16  # parts
_PLAIN = ("Neg", "View", "UnsafeView", "Reshape", "Squeeze", "Unsqueeze", "Clone", "ToCopy", "Alias", "Expand")
_ELEMENTWISE = ("Pow", "Mul", "Abs", "Add", "Sub", "Div", "Square", "Sqrt", "Exp", "Log", "Neg", "Clamp")
_LOSSES = ("MseLoss", "NllLoss", "BinaryCrossEntropy", "SmoothL1Loss", "HuberLoss", "KlDiv", "SoftMargin")


def row_weights(loss: Tensor, rows: int) -> list[tuple[float, str]]:
    """Return, for each part that is understood, the weight of one example times their number, and how it is reduced.

    Args:
        loss: what ``backward`` is called on.
        rows: how many examples there are.

    >>> import torch
    >>> x = torch.nn.Linear(2, 3)(torch.ones(8, 2))
    >>> row_weights((x**2).mean() + 0.5 * x.exp().sum(), 8)
    [(1.0, 'mean'), (4.0, 'sum')]
    """
    found: list[tuple[float, str]] = []
    waiting: list[tuple[Any, float]] = [(loss.grad_fn, 1.0)]
    for _ in range(_DEEPEST):
        if not waiting or len(found) >= _MOST:
            break
        node, weight = waiting.pop(0)
        name = _name(node)
        behind = [(place, part) for place, (part, _) in enumerate(node.next_functions) if part is not None]
        if name.startswith(_LOSSES):
            if _reduction(node) in (1, 2):
                found.append((weight, "mean") if _reduction(node) == 1 else (weight * rows, "sum"))
        elif name in ("Mean", "Sum"):
            sizes, over = _sizes(node), _over(node)
            whole = bool(sizes) and sizes[0] >= rows and sizes[0] % rows == 0 and not _of_weights(node)
            if whole and (over is None or 0 in over):
                found.append((weight, "mean") if name == "Mean" else (weight * rows, "sum"))
            else:
                count = 1
                for place, size in enumerate(sizes):
                    count *= size if name == "Mean" and not whole and (over is None or place in over) else 1
                waiting += [(part, weight / count) for _, part in behind]
        elif name in ("Add", "Sub"):
            alpha = abs(float(getattr(node, "_saved_alpha", 1) or 1))
            waiting += [(part, weight * (alpha if place else 1.0)) for place, part in behind]
        elif name in ("Mul", "Div"):
            factor = _factor(node, behind)
            if factor:
                waiting += [(part, weight * factor if name == "Mul" else weight / factor) for _, part in behind]
        elif name in _PLAIN or name in ("Stack", "Cat"):
            waiting += [(part, weight) for _, part in behind]
    return found


def _name(node: Any) -> str:
    return type(node).__name__.rstrip("0123456789").removesuffix("Backward") if node is not None else ""


def _reduction(node: Any) -> int | None:
    found = getattr(node, "_saved_reduction", None)
    return found if isinstance(found, int) else None


def _sizes(node: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in getattr(node, "_saved_self_sym_sizes", None) or ())


def _over(node: Any) -> list[int] | None:
    """Return the dimensions that are reduced; None: all."""
    found = getattr(node, "_saved_dim", None)
    if not found:
        return None
    count = len(_sizes(node))
    return [int(place) if place < count else int(place) - 2**64 + count for place in found]


def _factor(node: Any, behind: list[tuple[int, Any]]) -> float | None:
    """Return the number that a part is multiplied with or divided by; None where it is no single number."""
    if len(behind) != 1:
        return None
    factor = getattr(node, "_saved_self" if behind[0][0] else "_saved_other", None)
    if not isinstance(factor, Tensor) or factor.numel() != 1 or (behind[0][0] and _name(node) == "Div"):
        return None
    return abs(float(factor))


def _of_weights(node: Any) -> bool:
    """Return whether what is added up are weights themselves, as in a penalty: a number of units is no batch."""
    waiting = [part for part, _ in node.next_functions if part is not None]
    for _ in range(8):
        if not waiting:
            return False
        behind = waiting.pop(0)
        if _name(behind) == "AccumulateGrad":
            return True
        if _name(behind) in _ELEMENTWISE:
            waiting += [part for part, _ in behind.next_functions if part is not None]
    return False
