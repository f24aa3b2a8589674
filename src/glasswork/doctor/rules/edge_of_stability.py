"""A step size at the edge of what the curvature bears.

Looks at:     the curvature probe: the steepest curvature of the loss, and the learning rate of plain descent.
Fires when:   learning rate times sharpness exceeds EDGE for plain descent or momentum while the loss does not fall;
              as a note where the loss falls all the same.
Why it hurts: above 2 / rate the steepest direction is overshot in every step; full-batch training lives there and
              gets along, with noise on top it does not.
Try first:    divide the learning rate by 2, or warm up.
Can be wrong: often harmless: full-batch descent settles at this edge by itself. Adam's own scale is not accounted
              for.
Source:       Cohen et al. 2021, "Gradient descent on neural networks typically occurs at the edge of stability".
              EDGE: 2 is the edge of plain descent, 2 (1 + momentum) that of momentum.
Probe:        ``curvature``: figure ``highest`` (largest eigenvalue of the Hessian on one batch).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import remaining, shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["edge_of_stability"]

EDGE = 2.0
BEYOND = 2.0
STUCK = 0.9
PLAIN = ("sgd", "momentum", "nesterov", "by hand")


def edge_of_stability(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the rate is above what the steepest direction bears."""
    probe = vitals.probes.get("curvature")
    highest = probe.figures.get("highest") if probe else None
    if highest is None or highest <= 0 or not vitals.steps or len(vitals.optimizers) != 1:
        return
    optimizer = next(iter(vitals.optimizers.values()))
    rate = max(vitals.steps[-1].learning_rates, default=0.0)
    momentum = max((float(group.get("momentum") or 0) for group in optimizer.groups), default=0.0)
    edge = EDGE * (1 + momentum)
    if optimizer.kind.lower() not in PLAIN or rate * highest <= edge:
        return
    left = remaining(vitals, vitals.steps[-1].number)
    harmful = left is not None and left > STUCK and rate * highest > BEYOND * edge
    lower = float(f"{edge / 2 / highest:.2g}")
    yield Finding(
        "edge-of-stability",
        "warning" if harmful else "note",
        0.6,
        "optimizer",
        f"Learning rate times sharpness is {shown(rate * highest)} ({rate:g} x {shown(highest)}), and {shown(edge)} "
        "is the edge.",
        f"Lower the learning rate to {lower:g}.",
        vitals.steps[-1].number,
        (Treatment(f"Lower the learning rate to {lower:g}.", {"optimizer.lr": lower}),),
    )
