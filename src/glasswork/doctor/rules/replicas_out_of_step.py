"""Copies of the network, one a process or all in one, that differ; gradients used while half precision multiplies them.

Looks at:     the largest difference of a weight between the processes that train together, or between copies in one
              process that are given each other's gradients, and the first step after which there was one; when an AMP
              scaler multiplies a loss, divides the gradients again, and when they are clipped and used.
Fires when:   the difference exceeds ROUNDING of the weights' size; or gradients are clipped, or an optimizer steps on
              its own, between the scaler's ``scale`` and its ``unscale_``.
Why it hurts: each process, or copy, then trains a network of its own, and only one of them is saved. Gradients that
              are 65,536 times too large are cut down to the limit in every step, and what is left of them when they
              are divided is next to nothing; a step with them is as many times too long.
Try first:    call the wrapped model (``DistributedDataParallel``), not the module inside it; start all processes from
              the same weights, and let every parameter take part in each step. ``scaler.unscale_(optimizer)`` before
              clipping, and ``scaler.step(optimizer)`` in place of ``optimizer.step()``.
              Copies in one process: start them from the same weights, and give each the mean of all gradients.
Can be wrong: where copies are meant to differ between exchanges, as in local SGD; where the script divides the
              gradients by the scale itself.
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
    """Yield that the copies have parted, and that gradients were used while they were multiplied."""
    yield from _parted(vitals)
    yield from _multiplied(vitals)


def _multiplied(vitals: Vitals) -> Iterator[Finding]:
    if vitals.scale is None:
        return
    if vitals.scaled_clip is not None:
        first = next((s.before_clip for s in vitals.steps if s.number >= vitals.scaled_clip and s.before_clip), None)
        norm = f"; their norm was then {shown(first)}" if first is not None else ""
        yield Finding(
            "replicas-out-of-step",
            "critical",
            0.95,
            "loop",
            f"Before step {vitals.scaled_clip} gradients were clipped that the AMP scaler still held multiplied by "
            f"{shown(vitals.scale)}{norm}: what the limit leaves is divided by as much.",
            "Call scaler.unscale_(optimizer) before gradients are clipped.",
            vitals.scaled_clip,
        )
    elif vitals.scaled_step is not None:
        yield Finding(
            "replicas-out-of-step",
            "critical",
            0.9,
            "loop",
            f"Step {vitals.scaled_step} was made with gradients that the AMP scaler held multiplied by "
            f"{shown(vitals.scale)}.",
            "Call scaler.step(optimizer) in place of optimizer.step(), then scaler.update().",
            vitals.scaled_step,
        )


def _parted(vitals: Vitals) -> Iterator[Finding]:
    if vitals.replicas_differ is None or max(vitals.processes, vitals.copies) < 2:
        return
    within = vitals.processes < 2
    among = f"{vitals.copies} copies" if within else f"{vitals.processes} processes"
    advice = "Call the wrapped model, not the one inside it, and start every process from the same weights."
    if within:
        advice = (
            "Start all copies from the same weights, and give each of them the mean of all gradients in every step."
        )
    if vitals.replicas_differ > ROUNDING * _size(vitals):
        yield Finding(
            "replicas-out-of-step",
            "critical",
            0.95,
            "loop",
            f"A weight differs by {shown(vitals.replicas_differ)} between the {among}.",
            advice,
            vitals.replicas_step or (vitals.steps[-1].number if vitals.steps else None),
        )


def _size(vitals: Vitals) -> float:
    """Return the root mean square of the first weights, or 1 where it is not known."""
    stds = [p.std for model in vitals.models.values() for p in model.parameters.values() if p.std]
    return sqrt(sum(std * std for std in stds) / len(stds)) if stds else 1.0
