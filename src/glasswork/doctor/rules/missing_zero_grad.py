"""Gradients that are never set back to zero.

Looks at:     whether gradients were cleared since the last step, and what part of a gradient was there before the
              first ``backward`` of its step; of several optimizers, before a later one too: each may be cleared before
              its own.
Fires when:   before two steps the gradients were not cleared although ``backward`` had been called, or two sampled
              gradients still held more than CARRIED of an earlier step's.
Why it hurts: each step then follows the sum of all gradients so far, most of them of weights that are long gone; the
              steps grow, overshoot and often diverge.
Try first:    call ``optimizer.zero_grad()`` once in every step, before ``backward``.
Can be wrong: where gradients are written into ``.grad`` by hand. Accumulation over several batches is no fault: there
              the gradients are cleared once a step. LBFGS, which clears in its closure, is left out.
Source:       Jiang et al. 2025, "TrainCheck", OSDI; CARRIED: a cleared gradient carries exactly nothing, so any
              fraction that rounding cannot make would do.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from glasswork.doctor.vitals import OptimizerFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["missing_zero_grad"]

CARRIED = 0.05
TIMES = 2  # one uncleared step can be an accident at the start of a loop


def missing_zero_grad(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step by which an optimizer had twice used gradients of earlier steps."""
    for name, optimizer in vitals.optimizers.items():
        if optimizer.kind.lower() == "lbfgs":
            continue
        uncleared = 0
        for step in vitals.steps:
            if step.optimizer != name:
                continue
            if not _sound(step):
                break  # what is not a number cannot be cleared by multiplying, nor compared
            if not _uncleared(step):
                continue
            uncleared += 1
            if uncleared == TIMES:
                carried = f"; {step.carried:.0%} of the gradient was left over" if step.carried is not None else ""
                yield Finding(
                    "missing-zero-grad",
                    "critical",
                    0.97 if step.carried is not None and step.carried > CARRIED else 0.85,
                    "loop",
                    f"{name} made step {step.number} with gradients that had not been cleared since the step "
                    f"before{carried}.",
                    _advice(optimizer),
                    step.number,
                )
                break


def _advice(optimizer: OptimizerFacts) -> str:
    if optimizer.kind.startswith("by hand"):
        return (
            "Clear the gradients once in every step, before backward(): model.zero_grad(), or p.grad = None for each."
        )
    return f"Call {optimizer.name}.zero_grad() once in every step, before backward()."


def _sound(step: StepVitals) -> bool:
    return all(value is None or isfinite(value) for value in (step.loss, step.gradient_norm, step.carried))


def _uncleared(step: StepVitals) -> bool:
    """Return whether the step used what an earlier one had left; the first step has nothing to clear."""
    if step.number < 2 or step.backwards < 1 or step.skipped:
        return False
    if step.carried is not None:
        return step.carried > CARRIED
    return step.zeroed is False
