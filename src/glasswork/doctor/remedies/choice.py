"""Choice: which remedies a finding suggests, the most promising first, and in which order several are tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from glasswork.doctor.causes import explained
from glasswork.doctor.remedies.against import data, loop, network, outputs, steps, weights
from glasswork.doctor.remedies.figures import changed_by_hand
from glasswork.doctor.remedies.remedy import Part, Remedy
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["FITTED", "at_factor", "candidates", "joined", "refined", "remedies_for"]

Chooser = Callable[[Finding, Vitals], list[Remedy]]

FURTHER = 4.0  # how much further a rate or a length that helped is taken
BACK = 0.1  # a rate that was lowered and is still too high
# What is fitted to a training as it is: a cure of its cause makes another rate right.
FITTED = {"learning-rate", "adam", "clip", "more-passes"}

_CHOOSERS: dict[str, Chooser] = {
    "batch-size-noise": steps.noise,
    "class-imbalance": data.imbalance,
    "divergence": steps.calm,
    "dropout-too-strong": network.dropout,
    "dying-relu": network.dead,
    "edge-of-stability": steps.calm,
    "exploding-gradient": steps.explosion,
    "initial-loss": weights.first_loss,
    "initialisation-scale": weights.redraw,
    "learning-rate-too-high": steps.calm,
    "learning-rate-too-low": steps.faster,
    "loss-output-mismatch": outputs.mismatch,
    "missing-nonlinearity": network.linear,
    "missing-zero-grad": loop.zero_grad,
    "non-finite": outputs.non_finite,
    "non-finite-data": data.holes,
    "optimizer-settings": steps.settings,
    "oscillating-loss": steps.calm,
    "output-range": outputs.output_range,
    "over-regularised": steps.decay,
    "overfitting": steps.overfitting,
    "parameters-not-in-optimizer": loop.parameters,
    "plateau": steps.plateau,
    "saturated-activation": network.saturated,
    "scaled-twice": data.inputs,
    "schedule-misuse": loop.schedule,
    "slow-convergence": steps.faster,
    "softmax-in-hidden-layer": network.hidden_softmax,
    "stale-batch-norm": loop.stale,
    "symmetric-initialisation": weights.redraw,
    "tiny-batch-norm": steps.tiny_norm,
    "too-few-epochs": steps.longer,
    "train-eval-mode": loop.modes,
    "underfitting": network.underfitting,
    "unscaled-inputs": data.inputs,
    "unscaled-targets": data.targets,
    "unshuffled-data": loop.shuffle,
    "vanishing-gradient": network.vanishing,
    "weight-growth": steps.growth,
    "worker-seeds": loop.workers,
    "zero-initialisation": weights.redraw,
}


def remedies_for(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Return what could be tried against a finding without a person, the most promising first.

    Args:
        finding: what is wrong.
        vitals: of the run that it was found in.

    Returns:
        Nothing where a person has to decide.

    >>> finding = Finding("missing-zero-grad", "critical", 1.0, "loop", "…", "…")
    >>> [remedy.advice for remedy in remedies_for(finding, Vitals())]
    ['Call optimizer.zero_grad() before each backward().']
    """
    chooser = _CHOOSERS.get(finding.fault)
    if chooser is None:
        return []
    found = chooser(finding, vitals)
    if changed_by_hand(vitals) and finding.where in ("optimizer", "loop", "model", "loss"):
        untouched = steps.untouched(finding.fault)
        return [untouched, *(remedy for remedy in found if remedy.parts != untouched.parts)]
    return found


def candidates(findings: Iterable[Finding], vitals: Vitals) -> list[Remedy]:
    """Return remedies for several findings in the order in which to try them, each change once.

    The first remedy of each cause comes before the second of any: where the doctor is wrong about a cause, no other
    treatment of it helps. The likeliest cause's second remedy comes third. Symptoms come after all causes.

    Args:
        findings: causes first; notes are left out.
        vitals: of the run that they were found in.
    """
    alarms = [finding for finding in findings if finding.severity != "note"]
    symptoms = explained(alarms)
    places = sorted(range(len(alarms)), key=lambda place: place in symptoms)
    lists = [remedies_for(alarms[place], vitals) for place in places]
    lists = [remedies for remedies in lists if remedies]
    ordered = [remedy for column in zip_longest(*lists) for remedy in column if remedy is not None]
    if len(lists) > 2 and len(lists[0]) > 1:
        ordered.remove(lists[0][1])
        ordered.insert(2, lists[0][1])
    chosen: list[Remedy] = []
    for remedy in ordered:
        if all(remedy.parts != known.parts for known in chosen):
            chosen.append(remedy)
    return chosen


def joined(kept: Sequence[Remedy], remedy: Remedy) -> list[Remedy]:
    """Return what to apply when a remedy is tried after others were kept.

    A refined remedy takes the place of the one that it refines; a cure of the network or the data that of rates and
    lengths, which were fitted to the training without it.
    """
    kinds = {part.kind for part in remedy.parts}
    same = [one for one in kept if {part.kind for part in one.parts} == kinds]
    fitted = [one for one in kept if {part.kind for part in one.parts} <= FITTED] if not kinds & FITTED else []
    return [*(one for one in kept if one not in same and one not in fitted), remedy]


def refined(kept: Sequence[Remedy], *, stuck: bool = False) -> list[Remedy]:
    """Return the last remedy that was kept, taken further, where it has a size: another rate, more passes.

    Args:
        kept: what is applied.
        stuck: whether the training is still no better than guessing: then a rate that was lowered is lowered more.
    """
    found: list[Remedy] = []
    for remedy in kept[-1:]:
        if any(part.kind == "loader" for part in remedy.parts):
            continue  # its passes make up for larger batches
        for place, part in enumerate(remedy.parts):
            settings = part.settings
            if part.kind == "learning-rate":
                down = stuck and settings["factor"] < 1
                found.append(_at(remedy, place, settings["factor"] * (BACK if down else FURTHER)))
            elif part.kind == "more-passes":
                times = int(settings["times"] * FURTHER)
                longer = _with(remedy, place, {**settings, "times": times}, f"Train {times} times as long.")
                stretched = Part("schedule", {"every": times})
                parts = tuple(stretched if one.kind == "schedule" else one for one in longer.parts)
                found.append(replace(longer, parts=parts))
            elif part.kind == "adam":
                rate = float(f"{settings['rate'] * FURTHER:.2g}")
                said = f"Use Adam with a learning rate of {rate:g}."
                found.append(_with(remedy, place, {**settings, "rate": rate}, said))
    return found


def at_factor(remedy: Remedy, factor: float) -> Remedy:
    """Return a remedy whose learning rate is meant relative to a run at another multiple of the script's rate."""
    for place, part in enumerate(remedy.parts):
        if part.kind == "learning-rate" and factor != 1:
            return _at(remedy, place, part.settings["factor"] * factor)
    return remedy


def _at(remedy: Remedy, place: int, factor: float) -> Remedy:
    settings = {**remedy.parts[place].settings, "factor": float(f"{factor:.2g}")}
    changed = _with(remedy, place, settings, "")
    return replace(changed, advice=steps.rate_advice(changed))


def _with(remedy: Remedy, place: int, settings: dict[str, object], advice: str) -> Remedy:
    parts = (*remedy.parts[:place], Part(remedy.parts[place].kind, settings), *remedy.parts[place + 1 :])
    return replace(remedy, parts=parts, advice=advice)
