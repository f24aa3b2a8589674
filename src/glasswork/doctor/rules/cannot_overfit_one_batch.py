"""One batch cannot be learned by heart.

Looks at:     the outputs of the first batches; and the one-batch probe: a copy of model and optimizer is trained on a
              single batch, without dropout.
Fires when:   the first dense layer is given nothing but zeros in EMPTY batches whose rows differ; or the untrained
              network gives the same output for every row of BATCHES batches whose rows differ, but for ROUNDING,
              though no layer is silent, no weights are 0, and its layers shrink differences far less than that: the
              input is lost on its way; or after the probe's steps the loss of that batch is above VERY_BAD of its
              first value, and the answers are not right. Above KEPT it is a note: too small a network, or too few
              steps, which other rules tell.
Why it hurts: what cannot learn a handful of examples by heart will not learn from thousands: something is broken, in
              the network, the loss, the labels or the optimizer.
Try first:    check in this order: do labels belong to their rows, does the loss compare what it should, do all layers
              get a gradient, does the optimizer move the weights, is the network large enough?
Can be wrong: where equal rows have different labels, where the loss has a floor above 0 (label smoothing, the noise
              of a variational autoencoder), or where the learning rate is meant for far more steps.
Source:       Karpathy 2019, "A recipe for training neural networks"; TheDeepChecker (16 rows, 1000 steps). ROUNDING:
              a mean of hundreds of float32 numbers in another order differs by less.
Probe:        ``one-batch``: figures ``first`` and ``last`` (losses), ``ratio`` (last over first), ``steps``,
              ``floor`` (the least loss that these targets allow, 0 without smoothing), ``correct`` (share of right
              answers at the end).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, sqrt

from glasswork.doctor.rules._anatomy import kind, matrix, ordered, weighted
from glasswork.doctor.rules._history import looked_at, shown, sober_loss
from glasswork.doctor.vitals import ModelFacts, StepVitals, TensorVitals, Vitals
from glasswork.records import Finding

__all__ = ["cannot_overfit_one_batch"]

KEPT = 0.5
VERY_BAD = 0.9
RIGHT = 0.95
BATCHES = 2
EMPTY = 3  # batches
ROUNDING = 1e-5  # of the outputs' standard deviation
EXPECTED = 1e-3  # of the differences that the layers' weights would leave
USUAL = 10.0  # a single output beyond that may hide differences behind a large bias
FLAT = 0.25  # steepest slope of a sigmoid


def cannot_overfit_one_batch(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the network does not see its input, else that the copy could not learn its batch."""
    blind = _emptied(vitals) or _blind(vitals)
    if blind:
        yield blind
        return
    probe = vitals.probes.get("one-batch")
    if probe is None or sober_loss(vitals) is None:
        return
    figures = probe.figures
    first, last = figures.get("first"), figures.get("last")
    ratio = figures.get("ratio")
    if ratio is None and first and last is not None:
        floor = figures.get("floor") or 0.0
        ratio = (last - floor) / max(first - floor, 1e-12)
    if ratio is None or (isfinite(ratio) and ratio <= KEPT) or (figures.get("correct") or 0.0) >= RIGHT:
        return
    steps = f" in {figures['steps']:.0f} steps" if "steps" in figures else ""
    bad = not isfinite(ratio) or ratio > VERY_BAD
    yield Finding(
        "cannot-overfit-one-batch",
        "critical" if bad else "note",
        0.85 if bad else 0.65,
        "model",
        f"A copy was trained on one batch alone, and its loss went from {shown(first or 1.0)} to "
        f"{shown(last if last is not None else ratio)}{steps}.",
        "Check the labels of that batch, the loss, the gradients of all layers, and the size of the network, in "
        "this order.",
        vitals.steps[-1].number if vitals.steps else None,
    )


def _emptied(vitals: Vitals) -> Finding | None:
    """Return the finding of inputs of which the first dense layer is given nothing but zeros, batch after batch."""
    seen = looked_at(vitals)[:EMPTY]
    if len(vitals.models) != 1 or len(seen) < EMPTY or sober_loss(vitals) is None:
        return None
    first = next((one for one in weighted(next(iter(vitals.models.values()))) if one.family != "embedding"), None)
    if first is None or first.family != "linear":
        return None
    for step in seen:
        given = step.layers.get(first.name)
        inputs = [*step.batch.inputs.values(), *step.batch.tokens.values()] if step.batch else []
        if given is None or given.given_zeros != 1 or not any((one.rows_alike or one.std or 0) > 0 for one in inputs):
            return None
    return Finding(
        "cannot-overfit-one-batch",
        "critical",
        0.95,
        "model",
        f"{first.name} ({first.kind}), the first dense layer, is given nothing but zeros in the first {EMPTY} batches, "
        "though the inputs differ.",
        f"Follow the input through forward to {first.name}: a mask, a product or an index leaves nothing of it.",
        seen[-1].number,
    )


def _blind(vitals: Vitals) -> Finding | None:
    """Return the finding of a network that says the same of every row from the start, for no reason in its weights."""
    seen = looked_at(vitals)[:BATCHES]
    if len(vitals.models) != 1 or len(seen) < BATCHES or sober_loss(vitals) is None:
        return None
    model = next(iter(vitals.models.values()))
    speaking = {x.name for x in model.layers.values() if x.family == "activation" or matrix(model, x.name) is not None}
    for step in seen:
        batch = step.batch
        outputs = batch.outputs if batch else None
        inputs = [*batch.inputs.values(), *batch.tokens.values()] if batch else []
        if outputs is None or outputs.shape[0] < 2 or outputs.bad:
            return None
        apart = _apart(outputs)
        if apart is None or apart > min(ROUNDING, EXPECTED * _left(vitals, step)):
            return None
        if not any((tensor.rows_alike or 0.0) > 0 and tensor.shape[0] == outputs.shape[0] for tensor in inputs):
            return None
        for name, layer in step.layers.items() if step is seen[0] else ():
            # What has no weights and is no activation (an identity, a mean) only passes on that nothing came in.
            stuck = (layer.silent or 0) | (layer.stuck or 0) if name in speaking else 0
            if layer.weight == 0 or layer.bad or (layer.units and stuck.bit_count() >= layer.units):
                return None
    first = next(iter(ordered(model)), None)
    exactly = all(step.batch and step.batch.outputs and _apart(step.batch.outputs) == 0 for step in seen)
    return Finding(
        "cannot-overfit-one-batch",
        "critical",
        0.93,
        "model",
        f"The outputs of the first {BATCHES} batches are {'exactly ' if exactly else ''}the same for every row"
        f"{'' if exactly else ', but for rounding'}, though the inputs differ, and every layer has weights and units "
        "that speak.",
        "Follow the input through forward: something overwrites, zeroes, masks or averages it away"
        + (f", before {first.name} or behind it." if first is not None else "."),
        seen[-1].number,
    )


def _apart(outputs: TensorVitals) -> float | None:
    """Return how far rows lie apart, as a part of what sets columns apart; of one column, of the outputs' size."""
    if outputs.shape[1:] not in ((), (1,)) or outputs.rows_alike == 0:
        return outputs.rows_alike
    if outputs.low is None or outputs.high is None:
        return None
    size = max(abs(outputs.low), abs(outputs.high))
    return (outputs.high - outputs.low) / size if 0 < size < USUAL else None


def _left(vitals: Vitals, step: StepVitals) -> float:
    """Return what part of a difference between rows the layers' weights leave, all in a row; 1 at most."""
    part = 1.0
    for model in vitals.models.values():
        for layer in weighted(model):
            part *= min(_gain(model, layer.name, step), 1.0)
        part *= FLAT ** sum(kind(layer) == "sigmoid" and not layer.last for layer in ordered(model))
    return part


def _gain(model: ModelFacts, layer: str, step: StepVitals) -> float:
    """Return by how much a layer multiplies the size of what it gets, as its weights are drawn; 1 where not seen."""
    weight, seen = matrix(model, layer), step.layers.get(layer)
    if weight is None or weight.fan_in is None or seen is None or seen.weight is None:
        return 1.0
    return seen.weight * sqrt(weight.fan_in)
