"""One batch cannot be learned by heart.

Looks at:     the one-batch probe: a copy of model and optimizer is trained on a single batch, without dropout.
Fires when:   after the probe's steps the loss of that batch is above KEPT of its first value, and the answers are not
              right.
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

from glasswork.doctor.rules._history import shown, sober_loss
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["cannot_overfit_one_batch"]

KEPT = 0.5
VERY_BAD = 0.9
RIGHT = 0.95


def cannot_overfit_one_batch(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the copy could not learn its batch."""
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
        "critical" if bad else "warning",
        0.85 if bad else 0.65,
        "model",
        f"A copy was trained on one batch alone, and its loss went from {shown(first or 1.0)} to "
        f"{shown(last if last is not None else ratio)}{steps}.",
        "Check the labels of that batch, the loss, the gradients of all layers, and the size of the network, in "
        "this order.",
        vitals.steps[-1].number if vitals.steps else None,
    )
