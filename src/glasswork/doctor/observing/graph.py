"""Graph: which loss a graph ends in, where none of torch's loss functions was seen being called.

A graph keeps what its backward pass needs: a squared difference keeps the difference, a row of log-probabilities keeps
which of them were taken. With the model's outputs, that gives the targets of a loss that somebody wrote by hand.
"""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from torch import Tensor

from glasswork.doctor.observing.likelihoods import pushes_away
from glasswork.doctor.observing.losses import LossCall
from glasswork.doctor.observing.pairs import is_overlap
from glasswork.doctor.vitals import LossFacts

__all__ = ["from_graph", "is_multiple"]

# Nodes of torch's own losses: kind, and the function that gives the same.
_LOSS_NODES = {
    "NllLossBackward": ("nll", "nll_loss"),
    "NllLoss2DBackward": ("nll", "nll_loss"),
    "MseLossBackward": ("mse", "mse_loss"),
    "SmoothL1LossBackward": ("smooth_l1", None),
    "HuberLossBackward": ("huber", None),
    "BinaryCrossEntropyBackward": ("binary_cross_entropy", "binary_cross_entropy"),
    "BinaryCrossEntropyWithLogitsBackward": (
        "binary_cross_entropy_with_logits",
        "binary_cross_entropy_with_logits",
    ),
    "SoftMarginLossBackward": ("soft_margin", None),
    "MultiMarginLossBackward": ("hinge", None),
}
# What may stand between the tensor that backward is called on and the loss itself: scaling, sums, means.
_BETWEEN = ("Mul", "Div", "Add", "Mean", "Sum", "Neg", "Sub", "Rsub", "View", "Squeeze", "ToCopy", "Select", "Clone")
_SCALING = ("Mul", "Div", "Neg", "ToCopy", "Clone", "View", "Squeeze", "Mean", "Sum")
_DEEPEST = 64
_EXACT = 1e-5
_OF_ONE = 1e-3  # by which a length of 1 is off, for rounding
_TOLD = 1e6  # outputs above it have swallowed the targets in rounding
_DENSITY = (-0.5, -2.0)  # times, or divided by


def from_graph(loss: Tensor, made: Tensor | None = None) -> LossCall:
    """Return the loss that a graph ends in, with outputs and targets where the graph has kept them.

    Args:
        loss: what ``backward`` is called on.
        made: the model's output.

    >>> x = torch.zeros(2, 1, requires_grad=True)
    >>> call = from_graph(((x - torch.ones(2, 1)) ** 2).mean(), x)
    >>> call.facts.kind, call.targets.tolist()
    ('mse', [[1.0], [1.0]])
    """
    seen: set[Any] = set()
    rows: list[tuple[Any, float | None, int]] = [(loss.grad_fn, 1.0, 1)]
    reduction: str | None = None
    for _ in range(_DEEPEST):
        if not rows:
            break
        node, sign, terms = rows.pop(0)
        if node is None or node in seen:
            continue
        seen.add(node)
        name = type(node).__name__.rstrip("0123456789")
        if name in _LOSS_NODES:
            return _named(node, name, loss)
        if terms == 1 and not reduction and (apart := _mean_first(node, name)):
            return LossCall(LossFacts("unknown", "custom", None, {"mean_first": apart}), None, None, loss, {})
        if name.startswith("Mean"):
            reduction = "mean"
        elif name.startswith("Sum"):
            reduction = reduction or "sum"
        if reduction:
            found = _by_hand(node, name, reduction, loss, made)
            if found is not None:
                settings = found.facts.settings
                settings["terms"] = terms
                if sign is not None and settings.pop("to_data", True):
                    settings["sign"] = -sign if found.facts.kind == "cross_entropy" else sign
                settings.pop("to_data", None)
                return found
        if terms == 1 and sign == 1 and reduction and name.startswith("Sum") and _is_likeness(node):
            return LossCall(LossFacts("cosine", "custom", reduction, {"sign": -1.0}), None, None, loss, {})
        if terms == 1 and sign == 1 and name.startswith("Div") and is_overlap(node):
            return LossCall(LossFacts("overlap", "custom", reduction, {"sign": -1.0}), None, None, loss, {})
        if name.startswith(_BETWEEN):
            parts = [(place, part) for place, (part, _) in enumerate(node.next_functions) if part is not None]
            more = terms + (name.startswith(("Add", "Sub")) and len(parts) > 1)
            rows += [(part, _times(sign, _sign(node, name, place)), more) for place, part in parts]
    away = pushes_away(loss)
    if away:
        return LossCall(LossFacts(away, "custom", reduction, {"sign": -1.0}), None, None, loss, {})
    return LossCall(LossFacts("unknown", "custom"), None, None, loss, {})


def _times(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other


def _sign(node: Any, name: str, place: int) -> float | None:
    """Return the sign with which a part enters an operation; None where that is not known.

    Where a part is multiplied with a negative number, that may be a reward as well as a sign: only the factor that
    stands before the square in the logarithm of a normal density is taken for one.
    """
    if name.startswith(("Neg", "Rsub")) or (name.startswith("Sub") and place == 1):
        return -1.0
    if not name.startswith(("Mul", "Div")):
        return 1.0
    factor = getattr(node, "_saved_self" if place else "_saved_other", None)
    if not isinstance(factor, Tensor) or not factor.numel() or (place and name.startswith("Div")):
        return None
    if bool((factor >= 0).all()):
        return 1.0
    return -1.0 if factor.numel() == 1 and float(factor) in _DENSITY else None


def is_multiple(loss: Tensor, part: Any) -> bool:
    """Whether a loss is a part times a fixed number, and nothing was added to it.

    >>> part = torch.ones(2, requires_grad=True).sum()
    >>> is_multiple(part / 4, part), is_multiple(part + 1, part)
    (True, False)
    """
    if not isinstance(part, Tensor) or part.grad_fn is None:
        return False
    node: Any = loss.grad_fn
    for _ in range(_DEEPEST):
        if node is part.grad_fn:
            return True
        behind = [following for following, _ in node.next_functions if following is not None] if node else []
        if len(behind) != 1 or not type(node).__name__.startswith(_SCALING):
            return False
        node = behind[0]
    return False


def _named(node: Any, name: str, loss: Tensor) -> LossCall:
    kind, function = _LOSS_NODES[name]
    outputs, targets = getattr(node, "_saved_self", None), getattr(node, "_saved_target", None)
    if kind == "nll" and _is(_behind(node), "LogSoftmax"):
        kind = "cross_entropy"
    reduction = {0: "none", 1: "mean", 2: "sum"}.get(getattr(node, "_saved_reduction", None) or 0)
    return _call(kind, function, reduction, outputs, targets, loss)


def _by_hand(node: Any, name: str, reduction: str, loss: Tensor, made: Tensor | None) -> LossCall | None:
    behind = _behind(node)
    squared = name.startswith("Pow") and getattr(node, "_saved_exponent", None) == 2
    if squared and _is(behind, "Div") and _is(_behind(behind), "Sub") and behind.next_functions[1][0] is not None:
        # The distance in deviations that are learned as well.
        call = _call("gaussian_nll", None, reduction, None, None, loss)
        call.facts.settings["to_data"] = _is_to_data(_behind(behind))
        return call
    if (squared or name.startswith("Abs")) and _is(behind, "Sub"):
        kind, function = ("mse", "mse_loss") if squared else ("l1", "l1_loss")
        gap = getattr(node, "_saved_self", None)
        call = _call(kind, function, reduction, None, None, loss)
        if isinstance(gap, Tensor):
            call.facts.settings["compared"] = tuple(gap.shape)
        call.facts.settings["to_data"] = _is_to_data(behind)
        if isinstance(gap, Tensor) and made is not None and made.shape == gap.shape:
            # y - o has the output second: then its first part needs no gradient.
            sign = 1.0 if behind.next_functions[0][0] is not None else -1.0
            targets = made.detach() - sign * gap.detach()
            whole = targets.round()  # a class number should come back as one
            call.outputs = made
            if bool(made.detach().abs().max() < _TOLD):  # also false of NaN: what is subtracted from it is lost
                call.targets = torch.where((targets - whole).abs() < _EXACT, whole, targets)
        return call
    if name.startswith(("Gather", "Index")) and _is(behind, "LogSoftmax"):
        scores = getattr(behind, "_saved_result", None)
        index = getattr(node, "_saved_index", None)
        if index is None:
            index = next(iter((getattr(node, "_saved_indices", None) or ())[-1:]), None)
        elif isinstance(scores, Tensor) and index.dim() == scores.dim() and index.shape[-1] == 1:
            index = index.squeeze(-1)
        return _call("cross_entropy", "nll_loss", reduction, scores, index, loss)
    if name.startswith("Mul") and _is(behind, "LogSoftmax"):
        scores, shares = getattr(behind, "_saved_result", None), getattr(node, "_saved_other", None)
        if isinstance(scores, Tensor) and isinstance(shares, Tensor) and shares.shape == scores.shape:
            call = _call("cross_entropy", "cross_entropy", "mean", scores, shares, loss)
            call.facts.settings["to_data"] = node.next_functions[1][0] is None  # else it is an entropy
            return call
    return None


def _mean_first(node: Any, name: str) -> int:
    """Return of how many gaps to data the mean is taken before it is squared, or made positive; 0 where it is not."""
    squared = name.startswith("Pow") and getattr(node, "_saved_exponent", None) == 2
    mean = _behind(node)
    if not (squared or name.startswith("Abs")) or type(mean).__name__ != "MeanBackward0":
        return 0
    gap, sizes = _behind(mean), getattr(mean, "_saved_self_sym_sizes", None) or ()
    return prod(int(size) for size in sizes) if type(gap).__name__ == "SubBackward0" and _is_to_data(gap) else 0


def _is_likeness(node: Any) -> bool:
    """Whether a sum is the cosine between rows that were divided by their length and rows of data of length 1."""
    product, over = _behind(node), getattr(node, "_saved_dim", None)
    if not _is(product, "Mul") or not over or len(over) > 1:
        return False
    parts = [part for part, _ in product.next_functions]
    if sum(part is not None for part in parts) != 1:
        return False
    data = getattr(product, "_saved_other" if parts[0] is not None else "_saved_self", None)
    place = int(over[0]) if over[0] < _DEEPEST else int(over[0]) - 2**64
    divided = next(part for part in parts if part is not None)
    if not isinstance(data, Tensor) or data.dim() < 2 or data.shape[place] < 2 or not _is(divided, "Div"):
        return False
    by = divided.next_functions[1][0]
    for _ in range(4):
        if _is(by, "LinalgVectorNorm"):
            lengths = data.detach().norm(dim=place)
            return bool((lengths - 1).abs().max() < _OF_ONE)
        by = _behind(by) if by is not None else None
    return False


def _call(kind: str, function: str | None, reduction: str | None, outputs: Any, targets: Any, loss: Tensor) -> LossCall:
    call = LossCall(LossFacts(kind, "custom", reduction), outputs, targets, loss, {}, function)
    call.by_hand = True
    return call


def _behind(node: Any) -> Any:
    return node.next_functions[0][0] if node.next_functions else None


def _is_to_data(difference: Any) -> bool:
    """Whether only one side of a difference is learned: the other is what it should be like."""
    return sum(part is not None for part, _ in difference.next_functions) == 1


def _is(node: Any, start: str) -> bool:
    return node is not None and type(node).__name__.startswith(start)
