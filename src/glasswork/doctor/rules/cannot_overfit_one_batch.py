"""One batch cannot be learned by heart.

Looks at:     the outputs of the first batches; and the one-batch probe: a copy of model and optimizer is trained on a
              single batch, without dropout.
Fires when:   the untrained network gives exactly the same output for every row of BATCHES batches whose rows differ,
              though no layer is silent and no weights are 0: the input is lost on its way; or after the probe's steps
              the loss of that batch is above VERY_BAD of its first value, and the answers are not right. Above KEPT
              it is a note: too small a network, or too few steps, which other rules tell.
Why it hurts: what cannot learn a handful of examples by heart will not learn from thousands: something is broken, in
              the network, the loss, the labels or the optimizer.
Try first:    check in this order: do labels belong to their rows, does the loss compare what it should, do all layers
              get a gradient, does the optimizer move the weights, is the network large enough?
Can be wrong: where equal rows have different labels, where the loss has a floor above 0 (label smoothing, the noise
              of a variational autoencoder), or where the learning rate is meant for far more steps.
Source:       Karpathy 2019, "A recipe for training neural networks"; TheDeepChecker (16 rows, 1000 steps).
Probe:        ``one-batch``: figures ``first`` and ``last`` (losses), ``ratio`` (last over first), ``steps``,
              ``floor`` (the least loss that these targets allow, 0 without smoothing), ``correct`` (share of right
              answers at the end).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from glasswork.doctor.rules._anatomy import ordered
from glasswork.doctor.rules._history import looked_at, shown, sober_loss
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["cannot_overfit_one_batch"]

KEPT = 0.5
VERY_BAD = 0.9
RIGHT = 0.95
BATCHES = 2


def cannot_overfit_one_batch(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the network does not see its input, else that the copy could not learn its batch."""
    blind = _blind(vitals)
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


def _blind(vitals: Vitals) -> Finding | None:
    """Return the finding of a network that says the same of every row from the start, for no reason in its weights."""
    seen = looked_at(vitals)[:BATCHES]
    if len(vitals.models) != 1 or len(seen) < BATCHES or sober_loss(vitals) is None:
        return None
    for step in seen:
        batch = step.batch
        outputs = batch.outputs if batch else None
        inputs = [*batch.inputs.values(), *batch.tokens.values()] if batch else []
        if outputs is None or outputs.rows_alike != 0.0 or outputs.shape[0] < 2 or outputs.bad:
            return None
        if not any((tensor.rows_alike or 0.0) > 0 and tensor.shape[0] == outputs.shape[0] for tensor in inputs):
            return None
        for layer in step.layers.values() if step is seen[0] else ():
            stuck = (layer.silent or 0) | (layer.stuck or 0)
            if layer.weight == 0 or layer.bad or (layer.units and stuck.bit_count() >= layer.units):
                return None
    model = next(iter(vitals.models.values()))
    first = next(iter(ordered(model)), None)
    return Finding(
        "cannot-overfit-one-batch",
        "critical",
        0.93,
        "model",
        f"The outputs of the first {BATCHES} batches are exactly the same for every row, though the inputs differ, "
        "and every layer has weights and units that speak.",
        "Follow the input through forward: something overwrites, zeroes or averages it away before "
        + (f"{first.name}." if first is not None else "the first layer."),
        seen[-1].number,
    )
