"""Losses: which kind of loss `backward` was called on, what it compared, and what a constant would have reached."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from glasswork.doctor.vitals import BatchVitals, LossFacts

__all__ = ["KINDS", "LossCall", "baseline", "call_of", "classes_right", "kind_from_graph"]

# Functions of torch.nn.functional by name, with the kind that rules know them by.
KINDS = {
    "cross_entropy": "cross_entropy",
    "nll_loss": "nll",
    "binary_cross_entropy": "binary_cross_entropy",
    "binary_cross_entropy_with_logits": "binary_cross_entropy_with_logits",
    "mse_loss": "mse",
    "l1_loss": "l1",
    "smooth_l1_loss": "smooth_l1",
    "huber_loss": "huber",
    "kl_div": "kl_div",
    "hinge_embedding_loss": "hinge",
    "multi_margin_loss": "hinge",
    "multilabel_margin_loss": "hinge",
    "soft_margin_loss": "soft_margin",
    "multilabel_soft_margin_loss": "soft_margin",
    "poisson_nll_loss": "poisson_nll",
    "gaussian_nll_loss": "gaussian_nll",
    "cosine_embedding_loss": "cosine_embedding",
    "margin_ranking_loss": "margin_ranking",
    "triplet_margin_loss": "triplet_margin",
    "triplet_margin_with_distance_loss": "triplet_margin",
    "ctc_loss": "ctc",
}
_FIRST_TARGETS = ("target", "targets")
_LOSS_NODES = {
    "NllLossBackward": "nll",
    "NllLoss2DBackward": "nll",
    "MseLossBackward": "mse",
    "SmoothL1LossBackward": "smooth_l1",
    "HuberLossBackward": "huber",
    "BinaryCrossEntropyBackward": "binary_cross_entropy",
    "BinaryCrossEntropyWithLogitsBackward": "binary_cross_entropy_with_logits",
    "SoftMarginLossBackward": "soft_margin",
    "MultiMarginLossBackward": "hinge",
}
# What may stand between the tensor that backward is called on and the loss itself: scaling, sums, means.
_BETWEEN = ("Mul", "Div", "Add", "Mean", "Sum", "Neg", "Sub", "View", "Squeeze", "ToCopy", "Select", "Clone")
_DEEPEST = 64


class LossCall:
    """One call of a loss function."""

    __slots__ = ("facts", "outputs", "settings", "targets", "value")

    def __init__(self, facts: LossFacts, outputs: Any, targets: Any, value: Any, settings: dict[str, Any]) -> None:
        self.facts, self.outputs, self.targets, self.value, self.settings = facts, outputs, targets, value, settings


def call_of(
    name: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    value: Any,
    module: str | None,
) -> LossCall:
    """Return what a call of one of torch's losses says."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
    except (TypeError, ValueError):
        given = {str(place): argument for place, argument in enumerate(args)} | kwargs
    tensors = [argument for argument in given.values() if isinstance(argument, Tensor)]
    outputs = given.get("input", tensors[0] if tensors else None)
    targets = next((given[key] for key in _FIRST_TARGETS if key in given), tensors[1] if len(tensors) > 1 else None)
    settings: dict[str, Any] = {}
    for key, setting in given.items():
        if key in ("input", *_FIRST_TARGETS, "reduction", "size_average", "reduce"):
            continue
        if isinstance(setting, bool | int | float | str) or setting is None:
            settings[key] = setting if setting is not None or key not in ("weight", "pos_weight") else False
        elif isinstance(setting, Tensor):
            settings[key] = True
    facts = LossFacts(KINDS[name], module or f"F.{name}", given.get("reduction"), settings)
    return LossCall(facts, outputs, targets, value, given)


def kind_from_graph(loss: Tensor) -> tuple[LossFacts, Tensor | None, Tensor | None]:
    """Return the loss that a graph ends in, with outputs and targets where the graph has kept them."""
    unknown = LossFacts("unknown", "custom")
    seen: set[Any] = set()
    rows = [loss.grad_fn]
    means = 0
    summed = False
    for _ in range(_DEEPEST):
        if not rows:
            break
        node = rows.pop(0)
        if node is None or node in seen:
            continue
        seen.add(node)
        name = type(node).__name__.rstrip("0123456789")
        if name in _LOSS_NODES:
            kind = _LOSS_NODES[name]
            outputs, targets = getattr(node, "_saved_self", None), getattr(node, "_saved_target", None)
            if kind == "nll" and node.next_functions and _is(node.next_functions[0][0], "LogSoftmax"):
                kind = "cross_entropy"
            reduction = {0: "none", 1: "mean", 2: "sum"}.get(getattr(node, "_saved_reduction", None) or 0)
            return LossFacts(kind, "custom", reduction), outputs, targets
        means += name.startswith("Mean")
        summed = summed or name.startswith("Sum")
        behind = [following for following, _ in node.next_functions if following is not None]
        if means or summed:
            reduction = "mean" if means else "sum"
            if name.startswith("Pow") and getattr(node, "_saved_exponent", None) == 2 and _is(behind[0], "Sub"):
                return LossFacts("mse", "custom", reduction), None, None
            if name.startswith("Abs") and behind and _is(behind[0], "Sub"):
                return LossFacts("l1", "custom", reduction), None, None
            if name.startswith(("Gather", "Index")) and behind and _is(behind[0], "LogSoftmax"):
                return LossFacts("cross_entropy", "custom", reduction), None, None
        if name.startswith(_BETWEEN):
            rows += behind
    return unknown, None, None


def _is(node: Any, start: str) -> bool:
    return node is not None and type(node).__name__.startswith(start)


def baseline(call: LossCall) -> float | None:
    """Return the loss of the best constant prediction for a call's targets; None where that is not known."""
    outputs, targets, kind = call.outputs, call.targets, call.facts.kind
    if not isinstance(outputs, Tensor) or not isinstance(targets, Tensor) or targets.numel() == 0:
        return None
    if call.facts.settings.get("weight") or call.facts.settings.get("pos_weight"):
        return None
    value: float | None = None
    count = 1
    t = targets.detach()
    if kind in ("cross_entropy", "nll"):
        classes = outputs.shape[1] if outputs.dim() > 1 else outputs.shape[0]
        if t.is_floating_point():
            shares = t.movedim(1, -1).flatten(0, -2).double().mean(0) if t.dim() > 1 else t.double()
            count = t.numel() // max(classes, 1)
        else:
            kept = t[t != call.facts.settings.get("ignore_index", -100)].flatten()
            count = len(kept)
            if not count or not 0 <= int(kept.min()) <= int(kept.max()) < classes:
                return None
            shares = torch.bincount(kept, minlength=classes).double() / count
        smoothing = float(call.facts.settings.get("label_smoothing") or 0.0)
        shares = shares * (1 - smoothing) + smoothing / classes
        value = float(torch.special.entr(shares).sum())
    elif kind in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
        means = _columns(t).mean(0).clamp(0, 1)
        value, count = float((torch.special.entr(means) + torch.special.entr(1 - means)).mean()), t.numel()
    elif kind == "mse":
        columns = _columns(t)
        value, count = float(columns.var(0, correction=0).mean()), t.numel()
    elif kind == "l1":
        columns = _columns(t)
        value, count = float((columns - columns.median(0).values).abs().mean()), t.numel()
    if value is None or not math.isfinite(value):
        return None
    if call.facts.reduction == "sum":
        value *= count
    return value if call.facts.reduction in ("mean", "sum", None) else None


def _columns(targets: Tensor) -> Tensor:
    t = targets.double()
    return t[:, None] if t.dim() == 1 else t.reshape(1, 1) if t.dim() == 0 else t.flatten(1)


def classes_right(outputs: Any, targets: Any, kind: str | None) -> tuple[Tensor, Tensor] | None:
    """Return the predicted and the right class of each example, where outputs are scores and targets classes."""
    if not isinstance(outputs, Tensor) or not isinstance(targets, Tensor) or not outputs.is_floating_point():
        return None
    scores, classes = outputs.detach(), targets.detach()
    if classes.numel() == 0:
        return None
    single = scores.dim() < 2 or scores.shape[1] == 1
    if single or kind in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
        if kind not in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
            return None
        scores, classes = scores.flatten(), classes.flatten()
        if scores.shape != classes.shape or (targets.dim() > 1 and targets.shape[1] > 1):
            return None
        middle = 0.0 if kind.endswith("logits") else 0.5
        return (scores > middle).long(), (classes > 0.5).long()
    if classes.is_floating_point():
        if classes.shape != scores.shape or kind not in ("cross_entropy", "kl_div"):
            return None
        classes = classes.argmax(1)
    if classes.shape == (len(scores), *scores.shape[2:]):
        return scores.argmax(1), classes
    return None


def judge(batch: BatchVitals, call: LossCall) -> None:
    """Write how many examples of each class were predicted rightly."""
    found = classes_right(call.outputs, call.targets, call.facts.kind)
    if found is None:
        return
    guessed, right = (one.flatten() for one in found)
    kept = right != call.facts.settings.get("ignore_index", -100)
    guessed, right = guessed[kept], right[kept]
    if not len(right):
        return
    hits = guessed == right
    batch.correct = float(hits.double().mean())
    classes = int(right.max()) + 1
    if int(right.min()) >= 0 and classes <= 1000:
        shown = torch.bincount(right, minlength=classes).tolist()
        hit = torch.bincount(right[hits], minlength=classes).tolist()
        batch.recall = {
            place: (good, count) for place, (good, count) in enumerate(zip(hit, shown, strict=True)) if count
        }
