"""Pairs: whether a loss that nobody knows compares every output with every target, or makes an overlap small.

A column of outputs less a row of targets is a table. Torch makes it without a word, whatever is done with it after, and
the graph remembers its shape.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["is_overlap", "table_of_pairs"]

_DEEPEST = 64
WIDEST = 4
_PAIRING = ("Sub", "Rsub", "Mul", "Div")
# What goes over a table on purpose: nearest neighbours, ranks, products of matrices, and what selects with a mask.
_ON_PURPOSE = (
    *("MinBackward", "MaxBackward", "Amin", "Amax", "Logsumexp", "Logcumsumexp", "Sort", "Topk", "Softmax"),
    *("LogSoftmax", "Mm", "Bmm", "Cdist", "EuclideanDist", "Cumsum", "Cumprod", "Triu", "Tril", "MaskedFill"),
)
_SAME = ("Add", "Mul", "Div", "View", "UnsafeView", "Reshape", "Squeeze", "Unsqueeze", "Clone", "Clamp")
_SHAPED = ("View", "UnsafeView", "Reshape", "Squeeze", "Unsqueeze", "Select", "Slice", "Permute", "Transpose", "Clamp")


def table_of_pairs(loss: Tensor, made: Tensor | None) -> tuple[int, int] | None:
    """Return the shape of a table of all outputs beside all data, where a loss was made of that; None else.

    Args:
        loss: what ``backward`` is called on.
        made: the model's output: one number a row, or a few (a mean and a spread).

    >>> said, there = torch.zeros(8, 1, requires_grad=True) * 2, torch.ones(8)
    >>> table_of_pairs(torch.log(torch.cosh(said - there)).mean(), said)
    (8, 8)
    """
    if made is None or made.dim() not in (1, 2) or len(made) < 2 or made.numel() > WIDEST * len(made):
        return None
    rows, found = len(made), False
    waiting, seen = [loss.grad_fn], set[Any]()
    while waiting and len(seen) < _DEEPEST:
        node = waiting.pop(0)
        if node is None or node in seen or node is made.grad_fn:
            continue
        seen.add(node)
        name = type(node).__name__
        behind = [part for part, _ in node.next_functions if part is not None]
        if name.startswith(_ON_PURPOSE):
            return None
        if name.startswith(_PAIRING) and _shape(node) == (rows, rows):
            narrow = [part for part in behind if _shape(part) in ((rows,), (rows, 1), (1, rows))]
            if narrow and (len(behind) > 1 or _of_a_table(node, rows)):
                return None  # all outputs beside each other, or each beside data of its own
            found = found or bool(narrow)
        waiting += behind
    return (rows, rows) if found else None


def is_overlap(share: Any) -> bool:
    """Whether a node divides what outputs between 0 and 1 have in common with a mask by what they have in all.

    Args:
        share: the node of a division.

    >>> mask, said = torch.tensor([0.0, 1.0]), torch.zeros(2, requires_grad=True).sigmoid()
    >>> is_overlap((2 * (said * mask).sum() / (said.sum() + mask.sum())).grad_fn)
    True
    """
    top, bottom = share.next_functions[0][0], share.next_functions[1][0]
    if not type(share).__name__.startswith("Div") or top is None or bottom is None:
        return False
    for _ in range(8):
        name, behind = type(top).__name__, [part for part, _ in top.next_functions if part is not None]
        if len(behind) != 1:
            return False
        if name.startswith(("Sum", "Mean")):
            return _of_a_mask(behind[0])
        if not name.startswith(_SAME):
            return False
        top = behind[0]
    return False


def _of_a_mask(product: Any) -> bool:
    """Whether a node multiplies outputs between 0 and 1 with zeros and ones."""
    if not type(product).__name__.startswith("Mul"):
        return False
    sides = [(place, part) for place, (part, _) in enumerate(product.next_functions) if part is not None]
    if len(sides) != 1:
        return False
    place, said = sides[0]
    mask = getattr(product, "_saved_self" if place else "_saved_other", None)
    for _ in range(4):
        if not type(said).__name__.startswith(_SHAPED):
            break
        said = next((part for part, _ in said.next_functions if part is not None), None)
    squashed = type(said).__name__.startswith(("Sigmoid", "Softmax"))
    return squashed and isinstance(mask, Tensor) and mask.numel() > 1 and bool(((mask == 0) | (mask == 1)).all())


def _of_a_table(node: Any, rows: int) -> bool:
    """Whether the data that a node takes are a table themselves; of a difference that is not known."""
    kept = [getattr(node, name, None) for name in ("_saved_self", "_saved_other")]
    return any(isinstance(one, Tensor) and one.numel() == rows * rows for one in kept)


def _shape(node: Any) -> tuple[int, ...]:
    made: Any = getattr(node, "_input_metadata", None) or ()
    if len(made) == 1:
        return tuple(int(size) for size in made[0].shape)
    held = getattr(node, "variable", None)  # of a leaf
    return tuple(held.shape) if isinstance(held, torch.Tensor) else ()
