"""Gradients that grow out of bounds.

Looks at:     the gradient norm of each sampled step before clipping, and how gradients grow from layer to layer.
Fires when:   the norm exceeds RATIO x the median of all earlier sampled steps and the loss suffers: it is above its
              start soon after, or not finite; or a recurrent network, or one with layers that are run ROUNDS times in a
              pass (a rollout), begins with a gradient AT_ONCE times its weights and a loss ABSURD times that of
              guessing; or its recurrent weights begin with a gain above RECURRENT and, for their size, MORE times the
              gradient of the layers after them, and the loss stays above STUCK; or any network does with one STEEP
              times its weights, whose signal grows by GROWN from layer to layer (AT_A_STROKE, of fewer than LAYERS)
              though weights and inputs are of usual size; or from the last layer back to the first the gradient grows
              by DEPTH while the loss does not fall. A note where the loss comes down again.
Why it hurts: one huge step throws the weights far from where they had learned to be.
Try first:    clip the gradient norm at its own 90th percentile; else divide the learning rate by 10.
Can be wrong: right after a warm start, when early norms are close to 0. Spikes that leave no trace in the loss are not
              reported, nor are those that are clipped. A norm that is not a number is no size, and has a page of its
              own.
Source:       Pascanu, Mikolov & Bengio 2013, section 3. RATIO: torch-audit and torchmortem use fixed norms, which mean
              nothing across networks; batch noise varies a norm by a few times, seldom by ten. DEPTH: layers a thousand
              times apart cannot share a learning rate. GROWN: sound layers keep a signal's size (He et al. 2015); sums
              over neighbours or positions between them multiply it by their number (Kipf & Welling 2017).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from math import isfinite, sqrt
from statistics import median

from glasswork.doctor.rules._anatomy import matrix, parameters, weighted
from glasswork.doctor.rules._data import size_of
from glasswork.doctor.rules._history import baseline, came_down, course, looked_at, remaining, shown
from glasswork.doctor.vitals import LayerFacts, ModelFacts, ParameterFacts, StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["exploding_gradient"]

RATIO = 10.0
WARM_UP = 4
SOON = 5  # losses after a spike
HARM = 1.2  # of the start
DEPTH = 1000.0
LAYERS = 4
TIMES = 3
STUCK = 0.9
AT_ONCE = 1e4
RECURRENT = 2.0  # orthogonal weights have 1, torch's own 0.58
MORE = 10.0
ROUNDS = 5
WAIT = 20  # losses
ABSURD = 100.0
STEEP = 300.0
GROWN = 30.0
AT_A_STROKE = 300.0  # by what stands between two layers or three
USUAL = 10.0  # size of inputs that are scaled, at most
GAIN = 2.4  # of weights drawn by any usual recipe, at most


def exploding_gradient(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first step whose gradient was out of bounds, with the layer that led."""
    for name in list(vitals.optimizers) or ["optimizer"]:
        steps = [step for step in looked_at(vitals) if step.optimizer == name and step.gradient_norm is not None]
        found = (
            _at_once(vitals, steps)
            or _through_time(vitals, steps)
            or _between(vitals, steps)
            or _over_time(vitals, steps)
            or _over_depth(vitals, steps)
        )
        if found:
            yield found
            return


def _at_once(vitals: Vitals, steps: list[StepVitals]) -> Finding | None:
    """Return the finding if a network that is run round after round multiplies what it remembers from the start."""
    layers = [layer for model in vitals.models.values() for layer in weighted(model)]
    layer = next((x.name for x in layers if x.family == "recurrent" or x.runs >= ROUNDS), None)
    guess, step = baseline(vitals), steps[0] if steps else None
    if (
        layer is None
        or step is None
        or not guess
        or step.loss is None
        or not step.weight_norm
        or not step.gradient_norm
    ):
        return None
    times = step.gradient_norm / step.weight_norm
    if not (isfinite(times) and times > AT_ONCE and step.loss > ABSURD * guess):
        return None
    return Finding(
        "exploding-gradient",
        "note" if came_down(vitals, step.number + SOON) else "critical",
        0.9,
        layer,
        f"At step {step.number} the gradient norm is {shown(step.gradient_norm)}, {shown(times)} times the weights', "
        f"and the loss is {shown(step.loss)}, where guessing has {shown(guess)}: {layer} multiplies what it remembers.",
        "Use smaller recurrent weights (orthogonal), tanh, LSTM or GRU, and clip the gradient norm at 1.",
        step.number,
        (Treatment("Clip the gradient norm at 1.", {"training.clip_norm": 1.0}),),
    )


def _through_time(vitals: Vitals, steps: list[StepVitals]) -> Finding | None:
    """Return the finding if the gradient grows on its way back through the rounds of a recurrent layer."""
    step = steps[0] if steps else None
    if step is None or step.number > SOON:
        return None
    for model in vitals.models.values():
        after: list[float] = []
        for layer in reversed(weighted(model)):
            size = _relative(step, layer.name) if layer.name in step.layers else None
            again = _recurrent(model, layer)
            if not again or size is None:
                after += [size] if size and layer.runs <= 1 else []
                continue
            gain = max(map(_gain, again))
            if gain <= RECURRENT or not after or not size > MORE * median(after):
                continue
            judged = next((n for n in course(vitals).numbers[WAIT:] if (remaining(vitals, n) or 0.0) > STUCK), None)
            if judged is None:
                continue
            return Finding(
                "exploding-gradient",
                "note" if came_down(vitals, judged) else "critical",
                0.9,
                layer.name,
                f"At step {step.number} the gradient of {layer.name} is {shown(size)} times its weights, "
                f"{shown(size / median(after))} times as much as in the layers after it: its recurrent weights have a "
                f"gain of {shown(gain)} (standard deviation times root of their number; 0.6 to 1 is usual) and "
                f"multiply what comes back in every round. By step {judged} nothing has been learned.",
                "Draw the recurrent weights orthogonal with a gain of 1, use LSTM or GRU, and clip the gradient norm.",
                step.number,
                (Treatment("Clip the gradient norm at 1.", {"training.clip_norm": 1.0}),),
            )
    return None


def _recurrent(model: ModelFacts, layer: LayerFacts) -> list[ParameterFacts]:
    """Return the weights by which a layer multiplies what it remembers; of a cell by hand, those it uses many times."""
    if layer.family == "recurrent":
        return [p for p in parameters(model, layer.name) if "weight_hh" in p.name]
    weight = matrix(model, layer.name)
    dense = weight is not None and len(weight.shape) == 2 and weight.shape[0] <= weight.shape[1]
    return [weight] if weight is not None and dense and layer.runs >= ROUNDS else []


def _gain(weight: ParameterFacts) -> float:
    return (weight.std or 0.0) * sqrt(weight.fan_in or 0)


def _between(vitals: Vitals, steps: list[StepVitals]) -> Finding | None:
    """Return the finding if the signal grows at once from layer to layer, though neither weights nor inputs are large.

    Then something between the layers multiplies it: a sum over neighbours or over positions.
    """
    guess, step = baseline(vitals), steps[0] if steps else None
    if step is None or step.number != 1 or not guess or step.loss is None or not step.weight_norm:
        return None
    # Of one layer, where others have large weights by nature, as the frequencies of an oscillator.
    most = max((size for size in (_relative(step, name) for name in step.layers) if size is not None), default=0.0)
    times = max((step.gradient_norm or 0.0) / step.weight_norm, most)
    if not (isfinite(times) and times > STEEP and step.loss > ABSURD * guess):
        return None
    inputs = step.batch.inputs.values() if step.batch else ()
    if any((size_of(tensor) or 0.0) > USUAL for tensor in inputs):
        return None
    for model in vitals.models.values():
        weights = [matrix(model, layer.name) for layer in weighted(model)]
        if any(w is None or w.std is None or (w.fan_in and w.std * sqrt(w.fan_in) > GAIN) for w in weights):
            continue
        sizes = [(x.name, step.layers[x.name].std or 0.0) for x in weighted(model) if x.name in step.layers]
        grown = max(size for _, size in sizes) / sizes[0][1] if len(sizes) > 1 and sizes[0][1] > 0 else 0.0
        if grown < (GROWN if len(sizes) >= LAYERS else AT_A_STROKE):
            continue
        name = max(sizes, key=lambda pair: pair[1])[0]
        around = name.rpartition(".")[0]  # somebody's own layer that holds both does it
        return Finding(
            "exploding-gradient",
            "note" if came_down(vitals, step.number + SOON) else "critical",
            0.92,
            around if around in model.layers else name,
            f"At step {step.number} the gradient is {shown(times)} times as large as the weights, and the loss is "
            f"{shown(step.loss)}, where guessing has {shown(guess)}: from {sizes[0][0]} to {name} the signal grows "
            f"{shown(grown)} times, though weights and inputs are of usual size.",
            "Take means instead of sums between the layers (divide by the number of neighbours), or add norm layers.",
            step.number,
            (Treatment("Add norm layers.", {"model.norm": "batch"}),),
        )
    return None


def _over_time(vitals: Vitals, steps: list[StepVitals]) -> Finding | None:
    losses = [(step.number, step.loss) for step in vitals.steps if step.loss is not None]
    seen = course(vitals)
    earlier: list[float] = []
    for step in steps:
        norm = step.before_clip if step.before_clip is not None else step.gradient_norm or 0.0
        usual = earlier[len(earlier) // 2] if len(earlier) >= WARM_UP else None
        clipped = step.before_clip is not None and (step.gradient_norm or 0.0) < norm / 2
        if isfinite(norm) and usual and norm > RATIO * usual and not clipped:
            soon = [loss for number, loss in losses if step.number <= number <= step.number + SOON]
            worse = (
                len(seen) >= 3
                and len(soon) >= 2
                and median(soon) > HARM * max(seen.start, _before(losses, step.number))
            )
            if worse or any(not isfinite(loss) for loss in soon):
                where, clip = _leader(step), 3 * usual
                return Finding(
                    "exploding-gradient",
                    "note" if came_down(vitals, step.number) else "critical",
                    0.85,
                    where,
                    f"At step {step.number} the gradient norm is {shown(norm)}, where the median so far was "
                    f"{shown(usual)}; {where} has the largest gradient for its weights.",
                    "Clip the gradient norm at its 90th percentile, or divide the learning rate by 10.",
                    step.number,
                    (
                        Treatment(
                            f"Clip the gradient norm at {clip:.3g}.", {"training.clip_norm": float(f"{clip:.3g}")}
                        ),
                    ),
                )
        if isfinite(norm):
            insort(earlier, norm)
    return None


def _over_depth(vitals: Vitals, steps: list[StepVitals]) -> Finding | None:
    """Return the finding if gradients multiply on their way back through the layers."""
    row = 0
    for step in steps:
        for model in vitals.models.values():
            names = [layer.name for layer in weighted(model) if layer.name in step.layers]
            sizes = [_relative(step, name) for name in names]
            known = [size for size in sizes if size is not None and isfinite(size) and size > 0]
            if len(known) < LAYERS or len(known) < len(sizes):
                continue
            row = row + 1 if known[0] > DEPTH * known[-1] and known[0] == max(known) else 0
            if row >= TIMES and (remaining(vitals, step.number) or 0) > STUCK:
                return Finding(
                    "exploding-gradient",
                    "critical",
                    0.8,
                    names[0],
                    f"At step {step.number} the gradient, relative to the weights, grows from {shown(known[-1])} in "
                    f"{names[-1]} to {shown(known[0])} in {names[0]}.",
                    "Start with smaller weights (Xavier or He), add norm layers, and clip the gradient norm.",
                    step.number,
                    (Treatment("Clip the gradient norm at 1.", {"training.clip_norm": 1.0}),),
                )
    return None


def _before(losses: list[tuple[int, float]], number: int) -> float:
    """Return the median of the last losses before a step."""
    values = [loss for n, loss in losses if n < number and isfinite(loss)][-SOON:]
    return median(values) if values else 0.0


def _leader(step: StepVitals) -> str:
    sizes = {name: _relative(step, name) for name in step.layers}
    known = {name: size for name, size in sizes.items() if size is not None}
    return max(known, key=lambda name: known[name], default="model")


def _relative(step: StepVitals, name: str) -> float | None:
    layer = step.layers[name]
    return layer.gradient / layer.weight if layer.gradient is not None and layer.weight else None
