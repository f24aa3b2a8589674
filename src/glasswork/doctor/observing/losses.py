"""Losses: which kind of loss `backward` was called on, what it compared, and what a constant would have reached."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from glasswork.doctor.vitals import BatchVitals, LossFacts

__all__ = ["KINDS", "LossCall", "baseline", "baseline_by_hand", "call_of", "classes_right", "judge", "terms"]

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
_signature = functools.cache(inspect.signature)
_FIRST_TARGETS = ("target", "targets")
MOST_WEIGHTS = 100  # of classes that are written down


class LossCall:
    """One call of a loss function.

    Args:
        facts: what rules know of it.
        outputs: what was judged.
        targets: what that was compared with.
        value: what the function returned.
        settings: its arguments by name.
        function: its name in ``torch.nn.functional``; None where that is not known.
    """

    __slots__ = ("by_hand", "facts", "function", "outputs", "settings", "targets", "value")

    def __init__(
        self,
        facts: LossFacts,
        outputs: Any,
        targets: Any,
        value: Any,
        settings: dict[str, Any],
        function: str | None = None,
    ) -> None:
        self.facts, self.outputs, self.targets, self.value, self.settings = facts, outputs, targets, value, settings
        self.function = function
        self.by_hand = False


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
        bound = _signature(function).bind(*args, **kwargs)
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
            if key in ("weight", "pos_weight") and setting.numel() <= MOST_WEIGHTS:
                settings[f"{key}s"] = [float(one) for one in setting.detach().flatten().tolist()]
    facts = LossFacts(KINDS[name], module or f"F.{name}", given.get("reduction"), settings)
    return LossCall(facts, outputs, targets, value, given, name)


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
    elif kind in ("smooth_l1", "huber"):
        columns = _columns(t)
        gaps = (columns - columns.median(0).values).abs()
        wide = float(call.facts.settings.get("delta" if kind == "huber" else "beta") or 1.0)
        bent = torch.where(gaps <= wide, gaps.square() / 2, wide * (gaps - wide / 2)).mean()
        value, count = float(bent if kind == "huber" else bent / wide), t.numel()
    if value is None or not math.isfinite(value):
        return None
    if call.facts.reduction == "sum":
        value *= count
    return value if call.facts.reduction in ("mean", "sum", None) else None


def terms(call: LossCall) -> int:
    """Return how many terms a call's value is the sum of; 1 where it is none, or where that is not known.

    >>> scores, classes = torch.zeros(4, 3), torch.tensor([0, 2, 1, -100])
    >>> terms(LossCall(LossFacts("cross_entropy", "F.cross_entropy", "sum"), scores, classes, None, {}))
    3
    """
    outputs, targets = call.outputs, call.targets
    if call.facts.reduction != "sum" or not isinstance(outputs, Tensor) or not isinstance(targets, Tensor):
        return 1
    if call.facts.settings.get("weight"):
        return 1
    if call.facts.kind not in ("cross_entropy", "nll"):
        return max(outputs.numel(), 1)
    if targets.is_floating_point():
        return max(outputs.numel() // max(outputs.shape[1] if outputs.dim() > 1 else outputs.shape[0], 1), 1)
    return max(int((targets != call.facts.settings.get("ignore_index", -100)).sum()), 1)


def baseline_by_hand(call: LossCall) -> float | None:
    """Return the same for a loss found in a graph, in its own units.

    Somebody who writes a loss sums over some dimensions, takes the mean over others, and divides by what he likes: how
    many times the plain mean it is, its own value tells.

    >>> made, wanted = torch.tensor([[1.0, 3.0]]).T, torch.tensor([[0.0, 4.0]]).T
    >>> value = 50 * ((made - wanted) ** 2).sum()
    >>> baseline_by_hand(LossCall(LossFacts("mse", "custom", "sum"), made, wanted, value, {}))
    400.0
    """
    guess, kind, outputs, targets = baseline(call), call.facts.kind, call.outputs, call.targets
    if guess is None or kind not in ("mse", "l1") or not isinstance(call.value, Tensor):
        return guess
    if outputs.shape != targets.shape:
        return None
    gaps = (outputs.detach().double() - targets.detach().double()).flatten()
    apart = gaps.square() if kind == "mse" else gaps.abs()
    found = float(apart.sum() if call.facts.reduction == "sum" else apart.mean())
    return guess * float(call.value.detach()) / found if found > 0 else None


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
