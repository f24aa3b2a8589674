"""Against steps of the wrong size: too large, too small, too noisy, too few; settings far from usual."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import Any

from glasswork.doctor.remedies.against.weights import redraw, redraw_all
from glasswork.doctor.remedies.figures import adaptive, loader_of, rate, step_size
from glasswork.doctor.remedies.remedy import Remedy, one
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = [
    "calm",
    "decay",
    "explosion",
    "faster",
    "growth",
    "longer",
    "noise",
    "overfitting",
    "plateau",
    "rate_advice",
    "settings",
    "tiny_norm",
    "untouched",
    "usual_batches",
]

GOOD_STEP = 0.01  # of the weights' size: what the first updates of a healthy training are like
USUAL_RATE = 1e-3  # of Adam and its like
USUAL: dict[str, Any] = {"betas": [0.9, 0.999], "eps": 1e-8, "alpha": 0.99, "dampening": 0}
LONG_MOMENTUM, USUAL_MOMENTUM = 0.95, 0.9
MUCH_DECAY = 0.05
TIMES = 8  # as long as before
USUAL_BATCH = 32
FEW_ROWS = 4  # a batch: steps follow single examples
MOST_PASSES = 10
MOST_FACTOR = 3000.0


def _factor(vitals: Vitals, way: int) -> float:
    """Return what brings the first updates to a usual size; at least 3 times up, or down, as `way` says."""
    size = step_size(vitals)
    found = GOOD_STEP / size if size else None
    probe = vitals.probes.get("learning-rate")
    if probe is not None and (found is None or (found > 1) != (way > 0)):
        figures = probe.figures
        if figures.get("current") and figures.get("best"):
            found = figures["best"] / figures["current"]
    if found is None:
        found = 10.0**way
    found = min(max(found, 3.0), MOST_FACTOR) if way > 0 else max(min(found, 1 / 3), 1 / MOST_FACTOR)
    return float(f"{found:.1g}")


def at_rate(fault: str, vitals: Vitals, factor: float, *more: tuple[str, dict[str, Any]]) -> Remedy:
    """Return the remedy that multiplies the learning rate."""
    remedy = one(fault, "", ("learning-rate", {"factor": factor, "script_rate": rate(vitals)}), *more)
    return replace(remedy, advice=rate_advice(remedy))


def rate_advice(remedy: Remedy) -> str:
    """Return in words what a remedy does to the learning rate, and to the gradient's norm where it clips that, too."""
    settings = next(part.settings for part in remedy.parts if part.kind == "learning-rate")
    factor, now = settings["factor"], settings.get("script_rate")
    goal = f"to {now * factor:.2g}" if now else f"by a factor of {factor:g}"
    clips = "".join(f" and clip the gradient norm at {p.settings['norm']:g}" for p in remedy.parts if p.kind == "clip")
    return f"{'Raise' if factor > 1 else 'Lower'} the learning rate {goal}{clips}."


def calm(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Smaller steps: for a loss that rises, swings, or breaks."""
    fault, factor = finding.fault, _factor(vitals, -1)
    found = [at_rate(fault, vitals, factor, *_less_momentum(vitals))]
    if vitals.scheduler:
        found.insert(0, one(fault, "Leave the schedule out.", ("schedule", {})))
    loader = loader_of(vitals)
    if loader is not None and loader["batch"] and loader["batch"] <= FEW_ROWS:
        found = [_together(batches, found[-1]) for batches in usual_batches(finding, vitals)] + found
    clip = ("clip", {"norm": 1.0})
    other = factor / 10 if factor > 0.05 else factor * 5
    found.append(at_rate(fault, vitals, other, clip))
    found.append(one(fault, "Clip the gradient norm at 1.", clip))
    return found


def _together(first: Remedy, second: Remedy) -> Remedy:
    return replace(first, advice=f"{first.advice} {second.advice}", parts=(*first.parts, *second.parts))


def _less_momentum(vitals: Vitals) -> list[tuple[str, dict[str, Any]]]:
    long = any(group.get("momentum", 0) > LONG_MOMENTUM for one in vitals.optimizers.values() for group in one.groups)
    return [("settings", {"values": {"momentum": USUAL_MOMENTUM}})] if long else []


def explosion(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Large gradients: from the first weights where they come at once, else from a step that went too far."""
    redrawn = redraw(finding, vitals)[:1]
    clip = one(finding.fault, "Clip the gradient norm at 1.", ("clip", {"norm": 1.0}))
    early = finding.step is not None and finding.step <= 3
    return [*redrawn, clip, *calm(finding, vitals)[:1]] if early else [clip, *redrawn, *calm(finding, vitals)[:1]]


def faster(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Larger steps: for a loss that falls too slowly."""
    fault, factor = finding.fault, _factor(vitals, +1)
    adam = one(fault, f"Use Adam with a learning rate of {USUAL_RATE:g}.", ("adam", {"rate": USUAL_RATE}))
    found = [at_rate(fault, vitals, factor)]
    if _schedule_bends(vitals):
        found.insert(0, one(fault, "Leave the schedule out.", ("schedule", {})))
    if not adaptive(vitals) or _kind(vitals) in ("adagrad", "adadelta"):
        found.append(adam)
    found.append(at_rate(fault, vitals, 10.0 if factor > 30 else factor * 10))
    return found + longer(finding, vitals)[:1]


def _kind(vitals: Vitals) -> str:
    return next((one.kind.lower() for one in vitals.optimizers.values()), "")


def _schedule_bends(vitals: Vitals) -> bool:
    """Return whether a schedule keeps the rate far below where it began, or began far below where it was meant."""
    rates = [step.learning_rates[0] for step in vitals.steps if step.learning_rates]
    initial = [group.get("initial_lr") for one in vitals.optimizers.values() for group in one.groups]
    top = max([*rates, *(one for one in initial if isinstance(one, float))], default=0.0)
    return bool(vitals.scheduler and rates) and sorted(rates)[len(rates) // 2] < top / 10


def plateau(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """A loss that stays: from first weights that lead nowhere, or steps too small."""
    columns = zip_longest(redraw_all(finding, vitals), faster(finding, vitals))
    return [remedy for column in columns for remedy in column if remedy is not None]


def settings(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Moments and epsilon as usual."""
    values = dict(USUAL)
    if _less_momentum(vitals):
        values["momentum"] = USUAL_MOMENTUM
    reset = one(finding.fault, "Leave betas, eps and momentum at their defaults.", ("settings", {"values": values}))
    return [reset, *decay(finding, vitals)[:1]]


def decay(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Weights that are pulled to 0: by the optimizer, or by hand."""
    fault = finding.fault
    decays = [group.get("weight_decay") or 0.0 for one in vitals.optimizers.values() for group in one.groups]
    lower = one(fault, "Leave weight decay out.", ("settings", {"values": {"weight_decay": 0.0}}))
    by_hand = untouched(fault)
    return [lower, by_hand] if max(decays, default=0.0) >= MUCH_DECAY else [by_hand, lower]


def untouched(fault: str) -> Remedy:
    """Return the remedy that undoes changes of weights outside the optimizer."""
    return one(fault, "Leave out the line that changes the weights after the step.", ("no-hand-changes", {}))


def growth(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Weights that grow: by hand, or by steps too large."""
    return [untouched(finding.fault), *calm(finding, vitals)]


def longer(finding: Finding, vitals: Vitals, times: int = TIMES) -> list[Remedy]:
    """More passes over the training loader's data; a schedule by steps is stretched along."""
    loader = loader_of(vitals)
    if loader is None:
        return []
    parts: list[tuple[str, dict[str, Any]]] = [("more-passes", {**loader, "times": times})]
    if vitals.scheduler.get("steps", 0) > len(vitals.steps) / 2:
        parts.append(("schedule", {"every": times}))
    return [one(finding.fault, f"Train {times} times as long.", *parts)]


def noise(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Batches of a usual size; smaller steps where those were smaller."""
    loader = loader_of(vitals)
    large = loader is not None and (loader["batch"] or 0) >= USUAL_BATCH
    batches = usual_batches(finding, vitals)
    smaller = [remedy for remedy in calm(finding, vitals) if remedy not in batches]
    return batches if large else [*batches, *smaller[:2]]


def usual_batches(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Batches of a usual size; where they were smaller, as many steps less are made up for by more passes."""
    loader = loader_of(vitals)
    if loader is None or not loader["batch"]:
        return []
    advice = f"Use batches of {USUAL_BATCH}"
    parts: list[tuple[str, dict[str, Any]]] = [("loader", {**loader, "batch_size": USUAL_BATCH})]
    if loader["batch"] < USUAL_BATCH:
        times = min(MOST_PASSES, USUAL_BATCH // loader["batch"])
        parts.append(("more-passes", {"rows": loader["rows"], "batch": USUAL_BATCH, "times": times}))
        advice += f" and train {times} times as many epochs"
    return [one(finding.fault, f"{advice}.", *parts)]


def tiny_norm(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Larger batches where the loader can be told, else a norm that does not mix rows."""
    groups = one(finding.fault, "Use group norm instead of batch norm.", ("group-norms", {}))
    return [*usual_batches(finding, vitals), groups]


def overfitting(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """The best weights, or a stronger pull to small ones."""
    decayed = {"rate": min(rate(vitals) or USUAL_RATE, 1e-2), "weight_decay": 0.1}
    return [
        one(finding.fault, "Stop where the validation loss is least, and keep those weights.", ("best-weights", {})),
        one(finding.fault, "Use AdamW with a weight decay of 0.1.", ("adam", decayed)),
    ]
