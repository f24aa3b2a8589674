"""Gradients that fade on their way to the first layers.

Looks at:     each layer's gradient relative to its weights, from the last layer back to the first; and the loss.
Fires when:   in TIMES sampled steps in a row the first layers' gradients lie DEPTH times below those of the last, or
              fall by FALL in each of at least LONG layers (or, on average and MILD times in all, among the layers
              that have the same place in each of at least BLOCKS repeated blocks), and the first layers move by less
              than STILL of their size in a step or the loss has not left its start; or those of the first half lie
              DEPTH times below that of the last layer, whose weights are of USUAL size, and the loss has not left its
              start. A note where the loss comes down later (of a fall of MILD in all: below PARTLY of the start, as
              after a warm-up). Likewise where the probe finds that the first of ROUNDS rounds and more of a recurrent
              layer reach the output FORGOTTEN times as strongly as others, the loss lies flat at guessing, and there is
              SOME of the targets in the inputs.
Why it hurts: the first layers stay as they were drawn; the network is as deep as its last few layers.
Try first:    ReLU or GELU instead of sigmoid, norm layers, residual connections, He or Xavier initialisation.
Can be wrong: a frozen or fine-tuned body may need no gradient (frozen layers are left out). The first steps of
              branches that begin at 0 are waited for.
Source:       Glorot & Bengio 2010; torchmortem (100 between layers), AUTOTRAINER (1e-3). DEPTH: gradients of
              neighbours in a sound network differ by a few times, over a dozen layers by tens. STILL: 1e5 steps to
              move by itself.
Probe:        ``memory``: figures ``reach`` and ``rounds``; ``shuffled-labels``: ``score`` and ``p``; ``leakage``:
              ``told``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from math import sqrt
from statistics import median

from glasswork.doctor.rules._anatomy import matrix, parameters, weighted
from glasswork.doctor.rules._history import came_down, course, in_the_data, looked_at, remaining, shown
from glasswork.doctor.rules.plateau import plateau
from glasswork.doctor.vitals import ModelFacts, StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["vanishing_gradient"]

DEPTH = 1000.0
FALL = 1.8
MILD = 200.0  # of the gradients of all layers: rates per layer as Adam's make up for it
LONG = 5
BLOCKS = 6
EXTREME = 1e6
TIMES = 3
FIRST = 3  # step
STILL = 1e-5
LAYERS = 3
UNMOVED = 0.9
USUAL = 0.2  # gain: a third of torch's own
PARTLY = 0.7
WAIT = 10  # losses
FORGOTTEN = 1e-6
ROUNDS = 10
SOME = 0.05  # of the targets' variance, found by simple models


def vanishing_gradient(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first layer, at the step by which its gradient had been fading for a while."""
    steps = [step for step in looked_at(vitals) if step.layers and step.number >= FIRST]
    for model in vitals.models.values():
        found = _fading(vitals, model, steps)
        if found:
            yield found
            return
    forgotten = _over_time(vitals)
    if forgotten:
        yield forgotten


def _fading(vitals: Vitals, model: ModelFacts, steps: list[StepVitals]) -> Finding | None:
    learning = [
        layer.name
        for layer in weighted(model)
        if any(p.trainable and p.optimized is not False and len(p.shape) >= 2 for p in parameters(model, layer.name))
    ]
    if len(learning) < LAYERS:
        return None
    row = 0
    for step in steps:
        sizes = [_relative(step, name) for name in learning]
        known = [size for size in sizes if size is not None]
        if len(known) < len(learning) or max(known) == 0:
            continue
        early, late = median(known[: max(1, len(known) // 3)]), median(known[-max(1, len(known) // 3) :])
        if early == 0:  # exactly 0 has other causes: dead units, a cut graph, weights of 0
            row = 0
            continue
        mild = max(known) <= MILD * known[0]
        alone = _alone(model, step, learning, known)
        plain = late > DEPTH * early or _steady(known) or alone
        row = row + 1 if plain or _in_its_place(learning, known) else 0
        if row < TIMES:
            continue
        first = step.layers[learning[0]]
        still = first.update is not None and bool(first.weight) and first.update < STILL * (first.weight or 1)
        left = remaining(vitals, step.number, first=WAIT)
        unmoved = left is not None and left > UNMOVED
        if (still and not alone) or unmoved or (late > EXTREME * early and (left or 0) > PARTLY):
            passed = came_down(vitals, step.number) or (mild and _left(vitals, step.number))
            return Finding(
                "vanishing-gradient",
                "note" if passed else "critical" if unmoved else "warning",
                0.85,
                learning[0] if plain else "model",
                f"At step {step.number} the gradient, relative to the weights, is {shown(known[0])} in "
                f"{learning[0]} and "
                f"{shown(known[-1])} in {learning[-1]}, {len(learning)} layers later.",
                "Use ReLU or GELU with He initialisation, norm layers or residual connections.",
                step.number,
                (
                    Treatment("Add norm layers.", {"model.norm": "batch"}),
                    Treatment("Use ReLU.", {"model.activation": "relu"}),
                    Treatment("Add residual connections.", {"model.residual": True}),
                ),
            )
    return None


def _over_time(vitals: Vitals) -> Finding | None:
    """Return the finding if what stands first in a sequence does not reach the output, and nothing was learned."""
    probe, asked = vitals.probes.get("memory"), vitals.probes.get("leakage")
    reach, rounds = (probe.figures.get(name) if probe else None for name in ("reach", "rounds"))
    if reach is None or rounds is None or reach > FORGOTTEN or rounds < ROUNDS:
        return None
    if not any(finding.severity != "note" for finding in plateau(vitals)):
        return None
    told = asked.figures.get("told", 0.0) if asked else 0.0
    layers = [x.name for model in vitals.models.values() for x in weighted(model) if x.family == "recurrent"]
    left = remaining(vitals, vitals.steps[-1].number)
    if not layers or left is None or left < UNMOVED or max(in_the_data(vitals) or 0.0, told) < SOME:
        return None
    return Finding(
        "vanishing-gradient",
        "warning",
        0.65,
        layers[0],
        f"What the first of {rounds:.0f} rounds of {layers[0]} are given "
        + (
            f"reaches the output {reach:.1g} times as strongly as what others are"
            if reach
            else "never gets to the output"
        )
        + ", and nothing has been learned, though there is something in the data.",
        "Use LSTM or GRU (with a forget gate that begins open), orthogonal recurrent weights, shorter sequences, or a "
        "mean over all rounds.",
        vitals.steps[-1].number,
    )


def _left(vitals: Vitals, number: int) -> bool:
    """Return whether the loss that stood still has left its start since, as it does after a warm-up."""
    seen = course(vitals)
    place = bisect_right(seen.numbers, number)
    left = remaining(vitals, seen.numbers[-1], first=WAIT)
    return left is not None and left < PARTLY and seen.recent(len(seen)) < PARTLY * seen.recent(place)


def _steady(known: list[float]) -> bool:
    """Return whether the gradient falls from each layer to the one before it, and many times in all."""
    return len(known) >= LONG and all(b > a for a, b in pairwise(known)) and known[-1] > FALL ** len(known) * known[0]


def _alone(model: ModelFacts, step: StepVitals, names: list[str], known: list[float]) -> bool:
    """Return whether the last layer alone has a gradient, of those before it the half not a thousandth of that.

    Where a block takes its input times a factor below 1, signal and gradient fade together: all layers between have
    gradients as small. The gradients before a last layer that began near 0 are small with its weights.
    """
    last, seen = matrix(model, names[-1]), step.layers[names[-1]]
    if len(known) < LONG or last is None or (seen.weight or 0.0) * sqrt(last.fan_in or 0) < USUAL:
        return False
    return known[-1] > DEPTH * median(known[: max(2, len(known) // 2)])


def _in_its_place(names: list[str], known: list[float]) -> bool:
    """Return whether the gradient fades among layers of one place in repeated blocks, as all gates of a highway."""
    places: dict[str, list[float]] = {}
    for name, size in zip(names, known, strict=True):
        place = ".".join("*" if part.isdigit() else part for part in name.split("."))
        if "*" in place and not place.endswith("*"):
            places.setdefault(place, []).append(size)
    for sizes in places.values():
        third = len(sizes) // 3
        if len(sizes) < BLOCKS or len(sizes) == len(known):
            continue
        if median(sizes[-third:]) > max(MILD, FALL ** (len(sizes) - third)) * median(sizes[:third]) > 0:
            return True
    return False


def _relative(step: StepVitals, name: str) -> float | None:
    layer = step.layers.get(name)
    return layer.gradient / layer.weight if layer is not None and layer.gradient is not None and layer.weight else None
