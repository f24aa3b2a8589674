"""Processes whose copies of the network differ.

Looks at:     the largest difference of a weight between the processes that train together, and the first step after
              which there was one.
Fires when:   it exceeds ROUNDING of the weights' size.
Why it hurts: each process then trains a network of its own, and only one of them is saved.
Try first:    call the wrapped model (``DistributedDataParallel``), not the module inside it; start all processes from
              the same weights, and let every parameter take part in each step.
Can be wrong: where copies are meant to differ between exchanges, as in local SGD.
Source:       TrainCheck (OSDI 2025). ROUNDING: averaged gradients are the same bits everywhere, so any difference
              counts; this much is left for optimizers that draw at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from glasswork.doctor.rules._history import shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["replicas_out_of_step"]

ROUNDING = 1e-6


def replicas_out_of_step(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the copies have parted."""
    if vitals.processes < 2 or vitals.replicas_differ is None:
        return
    if vitals.replicas_differ > ROUNDING * _size(vitals):
        yield Finding(
            "replicas-out-of-step",
            "critical",
            0.95,
            "loop",
            f"A weight differs by {shown(vitals.replicas_differ)} between the {vitals.processes} processes.",
            "Call the wrapped model, not the one inside it, and start every process from the same weights.",
            vitals.replicas_step or (vitals.steps[-1].number if vitals.steps else None),
        )


def _size(vitals: Vitals) -> float:
    """Return the root mean square of the first weights, or 1 where it is not known."""
    stds = [p.std for model in vitals.models.values() for p in model.parameters.values() if p.std]
    return sqrt(sum(std * std for std in stds) / len(stds)) if stds else 1.0
