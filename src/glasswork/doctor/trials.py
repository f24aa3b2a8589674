"""Trials: the experiments that were made on copies, in words: what was tried, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from glasswork.doctor.vitals import Probe, Vitals

__all__ = ["outcome", "spent", "tried"]

_TRIED = {
    "augmentation": "rows with and without augmentation compared",
    "batch-mixing": "the output of one row derived by the inputs of the others",
    "curvature": "the steepest direction of the loss measured",
    "first-loss": "the first weights judged beside the best constant answer",
    "fresh-layer": "layers begun afresh, one at a time",
    "label-noise": "labels compared with what copies say that never saw them",
    "leakage": "the target told from each single column",
    "learning-rate": "the same batches learned at other rates",
    "memory": "the outputs derived by what stands first in the sequences",
    "one-batch": "a few rows learned by heart",
    "scaled-inputs": "the same batches learned with inputs standardised",
    "shuffled-labels": "simple models scored on true and on shuffled targets",
}


def tried(probe: Probe) -> str:
    """Return what an experiment did.

    >>> tried(Probe("one-batch", 0.1))
    'a few rows learned by heart'
    """
    return _TRIED.get(probe.name, probe.name.replace("-", " "))


def outcome(probe: Probe) -> str:
    """Return what came of an experiment, in a few words with its numbers; its figures as they are where it is unknown.

    >>> outcome(Probe("learning-rate", 0.2, {"current": 0.1, "best": 0.01, "gain": 3.2, "diverged": 0.0}))
    '0.01 leads 3.2 times lower than 0.1'
    """
    known = _OUTCOMES.get(probe.name)
    try:
        said = known(probe.figures) if known is not None else None
    except (KeyError, ValueError, ZeroDivisionError):
        said = None
    return said or ", ".join(f"{name} {value:.3g}" for name, value in list(probe.figures.items())[:6]) or "nothing"


def spent(vitals: Vitals) -> float:
    """Return how many seconds all experiments took together."""
    return sum(probe.seconds for probe in vitals.probes.values() if isfinite(probe.seconds))


def _learning_rate(figures: dict[str, float]) -> str:
    current, best, gain = figures["current"], figures["best"], figures["gain"]
    broke = f", and {current:g} makes it climb" if figures.get("diverged") else ""
    if best == current or not gain > 1:
        return f"none is better than {current:g}"
    return f"{best:g} leads {f'{gain:.1f} times' if gain < 1000 else 'far'} lower than {current:g}{broke}"


def _one_batch(figures: dict[str, float]) -> str:
    flat = f"; one answer for all has {figures['flat']:.3g}" if "flat" in figures else ""
    return (
        f"loss {figures['first']:.3g} -> {figures['last']:.3g} on {figures['rows']:.0f} rows "
        f"in {figures['steps']:.0f} steps{flat}"
    )


def _mixing(figures: dict[str, float]) -> str:
    if figures.get("resized"):
        return "there are not as many outputs as rows"
    if figures.get("moved"):
        return "values were moved from row to row before the model was called"
    leak = figures["leak"]
    return f"rows influence each other ({leak:.2g} of their own influence)" if leak > 1e-4 else "each row stands alone"


def _leakage(figures: dict[str, float]) -> str:
    best, second, base = (round(figures[name], 2) + 0.0 for name in ("best", "second", "base"))
    return f"column {figures['feature']:.0f} alone scores {best:.2f}, the next {second:.2f}, none {base:.2f}"


def _shuffled(figures: dict[str, float]) -> str:
    return f"score {figures['score']:.2f} on true targets, {figures['chance']:.2f} on shuffled ones"


def _noise(figures: dict[str, float]) -> str:
    return f"{figures['suspicious']:.0f} of the {figures['rows'] / 2:.0f} surest answers contradict the label"


def _scaled(figures: dict[str, float]) -> str:
    return f"loss {figures['scaled']:.3g} standardised, {figures['as_it_is']:.3g} as they are"


def _fresh(figures: dict[str, float]) -> str:
    fresh = {name.removeprefix("fresh:"): loss for name, loss in figures.items() if name.startswith("fresh:")}
    best = min(fresh, key=lambda name: fresh[name])
    return f"loss {fresh[best]:.3g} with {best} drawn anew, {figures['as_it_is']:.3g} as it stands"


def _curvature(figures: dict[str, float]) -> str:
    limit = f", {figures['limit']:.3g} is what the learning rate bears" if "limit" in figures else ""
    return f"curvature {figures['highest']:.3g}{limit}"


def _augmentation(figures: dict[str, float]) -> str:
    if "similarity" not in figures:
        return f"varied rows told from others by {figures['apart']:.2f}"
    return (
        f"likeness {figures['similarity']:.2f}; right {figures['clean']:.0%} clean, {figures['augmented']:.0%} varied"
    )


def _first_loss(figures: dict[str, float]) -> str:
    flat = f", the best constant answer has {figures['flat']:.3g}" if "flat" in figures else ""
    return f"loss {figures['loss']:.3g}{flat}"


def _memory(figures: dict[str, float]) -> str:
    return f"of {figures['rounds']:.0f} rounds the first reach the output {figures['reach']:.1g} times as strongly"


_OUTCOMES: dict[str, Callable[[dict[str, float]], str]] = {
    "augmentation": _augmentation,
    "batch-mixing": _mixing,
    "curvature": _curvature,
    "first-loss": _first_loss,
    "fresh-layer": _fresh,
    "label-noise": _noise,
    "leakage": _leakage,
    "learning-rate": _learning_rate,
    "memory": _memory,
    "one-batch": _one_batch,
    "scaled-inputs": _scaled,
    "shuffled-labels": _shuffled,
}
