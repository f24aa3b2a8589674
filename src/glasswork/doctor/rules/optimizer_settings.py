"""Settings of an optimizer that nobody means.

Looks at:     the settings of each parameter group; for epsilon also the size of the gradients.
Fires when:   Adam's first beta is at least SLOW or above the second, the second is below SHORT, momentum reaches 1 -
              1/HEAVY, or LONG while a gradient goes on for more than PART of all steps, or an adaptive optimizer's
              epsilon is above EPSILON and larger than most gradients; or Adagrad's lr_decay, which divides the rate by
              1 + decay x steps, is RATE_DECAY or more and leaves less than a TENTH of the rate in the end; or
              dampening takes back what momentum adds (DAMPED of it and more) and by a quarter of the training, SOME
              steps at least, the loss is still above HIGH of that of guessing; or above HALF, and has by the end come
              to less than FELL of that and more than QUARTER of guessing (a note before that, and where it comes down
              well).
Why it hurts: betas that are swapped average gradients over a thousand steps and their squares over ten; a large
              epsilon turns an adaptive optimizer into plain descent with a tiny rate.
Try first:    Adam with betas (0.9, 0.999) and eps 1e-8; momentum 0.9, no dampening.
Can be wrong: dampening as large as the momentum is a plain average of gradients, right with a rate that is meant for
              it; so the loss must show that it is not. Epsilon up to 1e-3 is used with care in some recipes, so the
              gradients must be smaller than it. Beta1 of 0 or 0.5 is usual in games of two networks, beta2 of 0.9 to
              0.99 with large batches.
Source:       torch-audit TA401 to TA403; Kingma & Ba 2015, section 2. HEAVY: momentum 0.99 averages 100 steps, as
              many as a short training has. L2 in Adam is divided by the gradients' size: Loshchilov & Hutter 2019 (a
              note).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from glasswork.doctor.rules._history import came_down, course, looked_at, places, remaining, shown
from glasswork.doctor.vitals import OptimizerFacts, Vitals
from glasswork.records import Finding, Severity, Treatment

__all__ = ["optimizer_settings"]

SLOW = 0.99
SHORT = 0.8
HEAVY = 200
LONG = 0.98
PART = 0.4  # of all steps
EPSILON = 1e-4
TINY = 1e-15
SHARE = 0.5  # of the layers
RATE_DECAY = 0.1
TENTH = 0.1
DAMPED = 0.5
SOME = 40
HIGH = 0.85
HALF = 0.5
QUARTER = 0.25
FELL = 0.85
ADAPTIVE = ("adam", "adamw", "nadam", "radam", "rmsprop", "adagrad", "adamax", "lamb")


def optimizer_settings(vitals: Vitals) -> Iterator[Finding]:
    """Yield each optimizer's first setting that is out of all use."""
    if not vitals.steps:
        return
    step = vitals.steps[0].number
    for optimizer in vitals.optimizers.values():
        for group in optimizer.groups:
            said = _betas(group) or _momentum(group, vitals) or _rate_decay(optimizer, group, vitals)
            if said:
                severity, evidence, advice, changes = said
                yield _finding(optimizer, severity, 0.85, evidence, advice, step, changes)
                break
        else:
            yield from _damped(vitals, optimizer)
            yield from _epsilon(vitals, optimizer)
            yield from _coupled(optimizer, step)


def _betas(group: dict[str, Any]) -> tuple[Severity, str, str, dict[str, Any]] | None:
    betas = group.get("betas")
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        return None
    first, second = (float(beta) for beta in betas)
    advice = "Use betas of (0.9, 0.999)."
    changes = {"optimizer.betas": [0.9, 0.999]}
    if first >= SLOW or first > second:
        return "warning", f"betas are ({first:g}, {second:g}): the first averages {_span(first)} steps", advice, changes
    if second < SHORT:
        return (
            "warning",
            f"the second beta is {second:g}: the scale is judged by {_span(second)} steps",
            advice,
            changes,
        )
    return None


def _momentum(group: dict[str, Any], vitals: Vitals) -> tuple[Severity, str, str, dict[str, Any]] | None:
    momentum = float(group.get("momentum") or 0)
    if momentum >= 1:
        evidence = f"momentum is {momentum:g}: past steps never fade"
        return "critical", evidence, "Use a momentum of 0.9.", {"optimizer.momentum": 0.9}
    if momentum > 1 - 1 / HEAVY:
        evidence = f"momentum is {momentum:g}: a gradient goes on for {_span(momentum)} steps"
        return "warning", evidence, "Use a momentum of 0.9.", {"optimizer.momentum": 0.9}
    planned = vitals.planned_steps or (vitals.steps[-1].number if vitals.finished else None)
    if planned is not None and momentum >= LONG and 1 / (1 - momentum) > PART * planned:
        evidence = f"momentum is {momentum:g}: a gradient goes on for {_span(momentum)} steps, of {planned} in all"
        return "warning", evidence, "Use a momentum of 0.9.", {"optimizer.momentum": 0.9}
    return None


def _rate_decay(
    optimizer: OptimizerFacts, group: dict[str, Any], vitals: Vitals
) -> tuple[Severity, str, str, dict[str, Any]] | None:
    """Return what to say of a decay that is meant as a factor, where Adagrad divides by 1 + decay x steps."""
    decay = float(group.get("lr_decay") or 0)
    planned = vitals.planned_steps or (vitals.steps[-1].number if vitals.finished else None)
    if optimizer.kind.lower() != "adagrad" or decay < RATE_DECAY or planned is None:
        return None
    left = 1 / (1 + decay * (planned - 1))
    if left >= TENTH:
        return None
    evidence = (
        f"lr_decay of {decay:g} divides the rate by 1 + {decay:g} x steps: after {planned} steps {left:.2g} is left"
    )
    return "warning", evidence, "Leave lr_decay at 0: Adagrad lowers the rate by itself.", {"optimizer.lr_decay": 0.0}


def _damped(vitals: Vitals, optimizer: OptimizerFacts) -> Iterator[Finding]:
    """Yield that dampening makes each step smaller than momentum was meant to make it."""
    group = max(optimizer.groups, key=lambda one: float(one.get("dampening") or 0), default={})
    dampening, momentum = float(group.get("dampening") or 0), float(group.get("momentum") or 0)
    if not momentum or dampening < DAMPED or dampening < DAMPED * momentum:
        return
    seen = course(vitals)
    planned = vitals.planned_steps or (seen.numbers[-1] if vitals.finished and len(seen) else None)
    first = max(SOME, (planned or 0) // 4)
    slow, crawls = None, False
    for place in places(len(seen), first=first) if planned else ():
        left, end = remaining(vitals, seen.numbers[place - 1]), remaining(vitals, seen.numbers[-1])
        if left is not None and left > HIGH:
            slow = seen.numbers[place - 1]
        elif left is not None and end is not None and vitals.finished and left > HALF and end > QUARTER:
            crawls = end < FELL * left
            slow = seen.numbers[place - 1] if crawls else None
        break
    evidence = (
        f"dampening is {dampening:g} beside a momentum of {momentum:g}: each gradient enters with a weight of "
        f"{1 - dampening:.2g}, and all steps are {1 / (1 - dampening):.3g} times smaller"
    )
    hurts = crawls or (slow is not None and not came_down(vitals, slow))
    yield _finding(
        optimizer,
        "warning" if hurts else "note",
        0.8 if hurts else 0.5,
        evidence,
        "Leave dampening at 0, or raise the learning rate as many times.",
        slow or vitals.steps[0].number,
        {},
    )


def _epsilon(vitals: Vitals, optimizer: OptimizerFacts) -> Iterator[Finding]:
    if not any(word in optimizer.kind.lower() for word in ADAPTIVE):
        return
    eps = max((float(group.get("eps") or 0) for group in optimizer.groups), default=0.0)
    held = set(optimizer.parameters)
    for step in looked_at(vitals):
        gradients = [x.gradient for x in step.layers.values() if x.gradient] if step.optimizer == optimizer.name else []
        if eps < EPSILON or not gradients or not held:
            continue
        small = sum(gradient < eps for gradient in gradients) / len(gradients)
        if small > SHARE:
            advice = "Use eps of 1e-8."
            evidence = (
                f"eps is {eps:g} and larger than the gradients of {small:.0%} of the layers (middle one "
                f"{shown(median(gradients))}): their steps shrink by as much"
            )
            yield _finding(optimizer, "warning", 0.8, evidence, advice, step.number, {"optimizer.eps": 1e-8})
        return


def _coupled(optimizer: OptimizerFacts, step: int) -> Iterator[Finding]:
    decay = max((float(group.get("weight_decay") or 0) for group in optimizer.groups), default=0.0)
    decoupled = any(group.get("decoupled_weight_decay") for group in optimizer.groups)
    if optimizer.kind.lower() == "adam" and decay > 0 and not decoupled:
        evidence = (
            f"weight decay of {decay:g} is added to the gradient, where Adam divides it by the gradient's own size"
        )
        yield _finding(
            optimizer, "note", 0.6, evidence, "Use AdamW for weight decay.", step, {"optimizer.name": "adamw"}
        )


def _span(beta: float) -> str:
    return f"about {1 / (1 - beta):,.0f}" if beta < 1 else "all"


def _finding(
    optimizer: OptimizerFacts,
    severity: Severity,
    confidence: float,
    evidence: str,
    advice: str,
    step: int,
    changes: dict[str, Any],
) -> Finding:
    return Finding(
        "optimizer-settings",
        severity,
        confidence,
        "optimizer",
        f"{optimizer.kind}: {evidence}.",
        advice,
        step,
        (Treatment(advice, changes),),
    )
