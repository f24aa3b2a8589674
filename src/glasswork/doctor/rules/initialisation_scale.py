"""First weights that are far too large or too small.

Looks at:     the gain of each layer's first weights, their standard deviation times the root of the number of inputs,
              which is the factor by which a layer changes the size of what passes; and the layer's first outputs.
Fires when:   a layer without a norm after it has a gain above LARGE and its first outputs are above STRONG; or at
              least ROW layers have one above GROWING and the last outputs are above STRONG; or all layers, ROW at
              least, have one above RAISED and the first loss is FAR times that of guessing; or at least ROW layers in
              a row have a gain below SMALL; or at least ROW have one below LOW (or the layers cannot be seen), the
              model's first outputs differ by less than FAINT of what its targets do, and after UNTIL losses they
              still do, or (more than ROW such layers) the loss is above STALLED of guessing; or, at the
              first step, gradients grow by STEEP in each of ROW layers and more on their way back, all of whose weights
              have a gain above DRIVEN, and the training ends above UNMOVED of guessing where simple models do
              better by BETTER.
Why it hurts: signals grow or shrink by that factor in every layer, gradients on their way back too.
Try first:    He initialisation for ReLU (gain 1.4), Xavier or LeCun for tanh (gain 1); torch's own is 0.58.
Can be wrong: where loss and validation come down far all the same it is a note. A norm layer undoes any scale, so
              layers of which only norms take the output are left out (a residual sum takes it as it is); so are the
              last layer drawn small on purpose and embeddings. Outputs that are exactly equal at first come from a last
              layer of 0, and are waited for.
Source:       Glorot & Bengio 2010; He et al. 2015; SageMaker Debugger and TheDeepChecker (activations outside 0.5 to
              2). LARGE: three times He's gain. SMALL: a fifteenth of torch's own; GPT's 0.02 at a width of 64 is
              0.16. LOW: three fifths of torch's own. FAINT: rounding of float32 is 1e-7; a last layer drawn a
              hundred times smaller than usual leaves 1e-2 and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from operator import truediv

from glasswork.doctor.rules._anatomy import followers, matrix, weighted
from glasswork.doctor.rules._data import size_of
from glasswork.doctor.rules._history import (
    baseline,
    came_down,
    course,
    in_the_data,
    looked_at,
    remaining,
    shown,
    sober_loss,
)
from glasswork.doctor.vitals import LayerFacts, ModelFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["initialisation_scale"]

LARGE = 4.0
GROWING = 2.4  # Xavier's for tanh (5/3), into a layer much narrower than its input
RAISED = 2.0  # of all layers: more than three times torch's own
FAR = 4.0  # times guessing
STRONG = 5.0
SMALL = 0.04
LOW = 0.35
FAINT = 1e-4
EQUAL = 1e-6  # of the outputs' own size: below it they differ by rounding
STALLED = 0.97  # of guessing
UNTIL = 20  # losses
UNMOVED = 0.8  # of guessing: outputs that do not differ cannot do better, but by the draw of a batch
ROW = 2
STEEP = 4.0  # times a layer: twice what a gain of 2 gives
DRIVEN = 1.2
BETTER = 0.3  # of guessing, by which simple models do better
WAIT = 4  # losses, before which it cannot have come down
WELL = 0.3  # of guessing, in the end
ADVICE = "Draw the weights by He (ReLU) or Xavier (tanh): torch.nn.init.kaiming_uniform_, xavier_uniform_."


def initialisation_scale(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first layer whose weights began out of proportion."""
    first = next((step for step in looked_at(vitals) if step.layers or not vitals.models), None)
    if first is None or first.number > 3:
        return
    for model in vitals.models.values():
        found = _large(model, first) or _raised(model, first, vitals) or _small(model, first)
        if found:
            # Large weights can learn rows by heart: only a validation that comes down says that no harm was done.
            validated = any(e.loss is not None for e in vitals.evaluations)
            well = validated and came_down(vitals, first.number + WAIT, to=WELL)
            yield replace(found, severity="note") if well else found
            return
    found = _lost(vitals, first) or _steep(vitals, first)
    if found:
        yield found


def _lost(vitals: Vitals, first: StepVitals) -> Finding | None:
    """Return the finding if what comes in hardly reaches the outputs, from the first step on."""
    if len(vitals.models) > 1 or not _faint(first):
        return None
    gains = [pair for model in vitals.models.values() for pair in _gains(model)]
    low = [pair for pair in gains if 0 < pair[1] < LOW]
    seen = any(weighted(model) for model in vitals.models.values())
    if seen and (len(low) < ROW or 2 * len(low) < len(gains)):
        return None
    numbers = course(vitals).numbers
    for step in looked_at(vitals):
        if len(numbers) < UNTIL or step.number < numbers[UNTIL - 1]:
            continue
        left = remaining(vitals, step.number, first=UNTIL)
        still = _faint(step, later=True)
        stalled = len(low) > ROW and left is not None and left > STALLED
        if (left is not None and left < UNMOVED) or not (still or stalled):
            return None
        spread = first.batch.outputs.std if first.batch and first.batch.outputs else None
        said = (
            f"; {low[0][0].name} and {len(low) - 1} more have a gain of {shown(low[0][1])} and the like" if low else ""
        )
        return Finding(
            "initialisation-scale",
            "note" if came_down(vitals, step.number) else "critical" if still else "warning",
            0.85 if low else 0.7,
            low[0][0].name if low else "model",
            f"The first outputs differ from row to row by {shown(spread or 0)}, and "
            f"{'hardly more at' if still else 'nothing has been learned by'} step {step.number}: "
            f"what comes in is lost on the way{said}.",
            ADVICE,
            step.number,
        )
    return None


def _steep(vitals: Vitals, first: StepVitals) -> Finding | None:
    """Return the finding if gradients multiply on their way back through weights of a large gain, and nothing comes.

    A factor between the layers, as that of a sine, is to be divided out of the weights.
    """
    numbers = course(vitals).numbers
    if first.number != 1 or len(vitals.models) != 1 or len(numbers) < UNTIL or sober_loss(vitals) is None:
        return None
    gains = [
        (layer, gain, (seen.gradient / seen.weight, seen.gradient))
        for layer, gain in _gains(next(iter(vitals.models.values())))
        if (seen := first.layers.get(layer.name)) is not None and seen.gradient and seen.weight and layer.runs <= 1
    ][:-1]
    # Of itself where the weights differ in size, as those of a first layer with two inputs do.
    steps = [max(map(truediv, early[2], late[2])) for early, late in pairwise(gains)]
    driven = [layer for layer, gain, _ in gains[1:] if gain > DRIVEN]
    if len(steps) < ROW or min(steps) < STEEP or len(driven) < len(steps):
        return None
    number = max(numbers[UNTIL - 1], numbers[-1] if vitals.finished else 0)
    left = remaining(vitals, number, first=UNTIL)
    found = in_the_data(vitals)
    if not vitals.finished or left is None or left < UNMOVED or found is None or left < 1 - found + BETTER:
        return None
    return Finding(
        "initialisation-scale",
        "warning",
        0.75,
        driven[0].name,
        f"At the first step the gradient, relative to the weights, grows from {shown(gains[-1][2][0])} in "
        f"{gains[-1][0].name} to {shown(gains[0][2][0])} in {gains[0][0].name}, {shown(min(steps))} times or more from "
        f"layer to layer; at the end the loss is at {left:.0%} of that of guessing, though simple models find more.",
        "Divide the first weights by the factor that stands between the layers (of a sine: its frequency).",
        first.number,
    )


def _faint(step: StepVitals, *, later: bool = False) -> bool:
    """Return whether the outputs hardly differ, and by more than rounding, where the targets do."""
    outputs, targets = (step.batch.outputs, step.batch.targets) if step.batch else (None, None)
    if outputs is None or targets is None or outputs.std is None or not targets.std or outputs.shape[:1] == (1,):
        return False
    alike = outputs.rows_alike * outputs.std if outputs.rows_alike is not None else outputs.std
    scale = targets.std if targets.dtype.startswith("float") else 1.0
    return alike < FAINT * scale and (later or alike > EQUAL * (size_of(outputs) or 0.0))


def _large(model: ModelFacts, step: StepVitals) -> Finding | None:
    gains = _gains(model)
    layers = [(layer, gain) for layer, gain in gains if gain > LARGE and _strong(step, layer)]
    growing = [(layer, gain) for layer, gain in gains if gain > GROWING]
    if not layers and len(growing) >= ROW and _strong(step, gains[-1][0]):
        layers = growing
    if not layers:
        return None
    layer, gain = layers[0]
    std = step.layers[layer.name].std
    return _finding(
        layer,
        0.85,
        f"The first weights of {layer.name} have a gain of {shown(gain)} (standard deviation times root of inputs; "
        "0.6 to 1.4 "
        f"is usual), and its first outputs a standard deviation of {shown(std or 0)}; {len(layers)} layers are like "
        "that.",
        step.number,
    )


def _raised(model: ModelFacts, step: StepVitals, vitals: Vitals) -> Finding | None:
    """Return the finding for weights that are rather large in every layer, with a first loss to match."""
    gains, guess = _gains(model), baseline(vitals)
    low = min((gain for _, gain in gains), default=0.0)
    if len(gains) < ROW or low < RAISED or sober_loss(vitals) is None:
        return None
    if step.number != 1 or not guess or step.loss is None or not step.loss > FAR * guess:
        return None
    layer, gain = gains[0]
    return _finding(
        layer,
        0.85,
        f"The first weights of all {len(gains)} layers have a gain of {shown(low)} or more ({shown(gain)} in "
        f"{layer.name}; 0.6 to 1.4 is usual), and the first loss is {shown(step.loss)}, where guessing has "
        f"{shown(guess)}.",
        step.number,
    )


def _small(model: ModelFacts, step: StepVitals) -> Finding | None:
    row: list[tuple[LayerFacts, float]] = []
    for layer, gain in _gains(model):
        if 0 < gain < SMALL:
            row.append((layer, gain))
        elif len(row) < ROW:
            row = []
    if len(row) < ROW:
        return None
    layer, gain = row[0]
    return _finding(
        layer,
        0.8,
        f"The first weights of {len(row)} layers from {layer.name} on have a gain of {shown(gain)} and the like "
        "(0.6 to 1.4 is "
        "usual): what comes in is lost on the way.",
        step.number,
    )


def _gains(model: ModelFacts) -> list[tuple[LayerFacts, float]]:
    """Return each dense or convolutional layer with its gain, where no norm follows it."""
    next_of = followers(model)
    found = []
    for layer in weighted(model):
        weight = matrix(model, layer.name)
        norms = sum(after.family == "norm" for after in next_of.get(layer.name, []))
        normed = norms > 0 and norms >= (layer.consumers or 0)
        if layer.family == "linear" and weight is not None and weight.std is not None and weight.fan_in and not normed:
            rms = sqrt(weight.std**2 + (weight.mean or 0.0) ** 2)
            found.append((layer, rms * sqrt(weight.fan_in)))
    return found


def _strong(step: StepVitals, layer: LayerFacts) -> bool:
    seen = step.layers.get(layer.name)
    return seen is not None and seen.std is not None and seen.std > STRONG


def _finding(layer: LayerFacts, confidence: float, evidence: str, step: int) -> Finding:
    return Finding(
        "initialisation-scale",
        "warning",
        confidence,
        layer.name,
        evidence,
        ADVICE,
        step,
    )
