"""Proposals: which changes of a recipe may cure what was found, the most promising first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasswork.cures.recipes import changed, plain, setting, usual
from glasswork.data import Prepared
from glasswork.doctor.causes import explained
from glasswork.records import Finding
from glasswork.runs.recipe import Recipe

__all__ = ["Proposal", "last_resort", "proposals"]

_FAR = 2.5  # times: a number so far from the usual one was set by somebody
_SIZE = 10.0  # times: likewise, how many units there are in all; the usual size suits no data in particular
_PACE = ("optimizer.lr", "training.clip_norm", "training.clip_value", "schedule.name", "training.batch_size")
_CURVES = ("model.activation", "model.norm", "model.residual", "model.hidden", "model.initializer")
_STRENGTH = ("model.dropout", "optimizer.weight_decay", "model.hidden", "loss.label_smoothing")
# Which settings of a recipe a fault points at. Where one of them is far from what is usual for such data, going back to
# the usual one is tried before the rule's own treatment, which knows the training but not the recipe.
_POINTS_AT: dict[str, tuple[str, ...]] = {
    "learning-rate-too-high": ("optimizer.lr", "optimizer.momentum", "training.clip_norm"),
    "learning-rate-too-low": ("optimizer.lr", "training.clip_norm", "training.clip_value", "schedule.name"),
    "divergence": _PACE,
    "exploding-gradient": ("training.clip_norm", "optimizer.lr", "inputs.scaling"),
    "non-finite": ("optimizer.lr", "training.clip_norm", "training.precision", "loss.name"),
    "edge-of-stability": _PACE,
    "oscillating-loss": _PACE,
    "batch-size-noise": ("training.batch_size", "training.accumulate", "optimizer.lr"),
    "weight-growth": ("optimizer.lr", "optimizer.weight_decay"),
    "optimizer-settings": ("optimizer.momentum", "optimizer.betas", "optimizer.eps", *_STRENGTH, "optimizer.lr"),
    "schedule-misuse": ("schedule.name", "schedule.warmup", "optimizer.lr"),
    "over-regularised": ("optimizer.weight_decay", *_STRENGTH, "training.clip_norm", "training.clip_value"),
    "dropout-too-strong": ("model.dropout",),
    "overfitting": ("training.restore_best", "training.patience", *_STRENGTH),
    "too-few-epochs": ("training.epochs", "training.steps", "training.patience", "optimizer.lr"),
    "vanishing-gradient": _CURVES,
    "saturated-activation": (*_CURVES, "inputs.scaling", "optimizer.lr"),
    "dying-relu": ("optimizer.lr", *_CURVES, "inputs.scaling"),
    "unscaled-inputs": ("inputs.scaling", "inputs.clip"),
    "scaled-twice": ("inputs.scaling",),
    "initial-loss": ("inputs.scaling", "model.initializer", "loss.name"),
    "loss-output-mismatch": ("loss.name",),
    "class-imbalance": ("loss.class_weight",),
    "destructive-augmentation": ("augment",),
    "tiny-batch-norm": ("training.batch_size", "model.norm"),
    "underfitting": (*_STRENGTH, *_PACE, *_CURVES, "training.epochs", "training.steps", "inputs.scaling"),
    "plateau": (*_PACE, *_STRENGTH, *_CURVES, "inputs.scaling", "loss.name"),
    "slow-convergence": (*_PACE, *_CURVES, *_STRENGTH, "inputs.scaling"),
    "representation-collapse": (*_STRENGTH, *_CURVES, "optimizer.lr"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change to try.

    Args:
        finding: what it is to cure.
        advice: the change in words.
        changes: values by recipe path.
        recipe: the whole recipe with it.
    """

    finding: Finding
    advice: str
    changes: Mapping[str, Any]
    recipe: Recipe


def proposals(
    findings: Sequence[Finding], recipe: Recipe, prepared: Prepared, *, notes: bool = False
) -> Iterator[Proposal]:
    """Yield changes to try, each another recipe: for the first cause first, for its symptoms last.

    For each finding: the settings that it points at back to what is usual for this data, where they are far from it;
    then its own treatments. At the end, everything but the model as usual, as no single change has helped.

    Args:
        findings: in the doctor's order.
        recipe: of the run, as it was settled.
        prepared: its data.
        notes: whether what is only worth a note is treated as well.
    """
    symptoms = explained(list(findings))
    alarms = [
        (place in symptoms, place, finding)
        for place, finding in enumerate(findings)
        if notes or finding.severity != "note"
    ]
    if not alarms:
        return
    ideal, seen = usual(recipe, prepared), {recipe.to_yaml()}
    for finding in [finding for _, _, finding in sorted(alarms, key=lambda alarm: alarm[:2])]:
        back = list(_back(finding, recipe, ideal))
        sizes = [(advice, changes) for advice, changes in back if "model.hidden" in changes]
        for advice, changes in [*(one for one in back if one not in sizes), *_own(finding), *sizes]:
            made = changed(recipe, changes, prepared)
            if made is not None and made.to_yaml() not in seen:
                seen.add(made.to_yaml())
                yield Proposal(finding, advice, changes, made)
    last = last_resort(min(alarms, key=lambda alarm: alarm[:2])[2], recipe, prepared)
    if last.recipe.to_yaml() not in seen:
        yield last


def last_resort(finding: Finding, recipe: Recipe, prepared: Prepared) -> Proposal:
    """Return the run's model with everything else as is usual for this data."""
    whole = usual(recipe, prepared, whole=True)
    return Proposal(finding, "Train this model with everything else as is usual for this data.", {}, whole)


def _own(finding: Finding) -> Iterator[tuple[str, dict[str, Any]]]:
    for treatment in finding.treatments:
        if treatment.changes:
            yield treatment.advice, dict(treatment.changes)


def _back(finding: Finding, recipe: Recipe, ideal: Recipe) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield, for each setting that a fault points at and that is far from the usual one, the way back."""
    now, then = plain(recipe), plain(ideal)
    for path in _POINTS_AT.get(finding.fault, ()):
        is_, was = setting(now, path), setting(then, path)
        if _far(is_, was) and (was is not None or path.startswith("training.")):
            changes = {path: was}
            if path == "loss.name" or path == "schedule.name":
                section = path.partition(".")[0]
                changes = {f"{section}.{key}": value for key, value in then[section].items()}
            yield f"{path} back from {_said(is_)} to {_said(was)}, as is usual for this data.", changes


def _far(is_: Any, was: Any) -> bool:
    if isinstance(is_, list | tuple) and isinstance(was, list | tuple) and all(map(_number, [*is_, *was])):
        return not 1 / _SIZE < (sum(is_) or 1) / (sum(was) or 1) < _SIZE
    if isinstance(is_, bool) or isinstance(was, bool) or not _number(is_) or not _number(was):
        return bool(is_ != was)
    if is_ == 0 or was == 0:
        return abs(is_ - was) > 0.1
    return bool(is_ / was <= 0) or not 1 / _FAR < is_ / was < _FAR


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _said(value: Any) -> str:
    return "off" if value is None else f"{value:g}" if _number(value) and not isinstance(value, bool) else str(value)
