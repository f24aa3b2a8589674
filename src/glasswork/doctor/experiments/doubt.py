"""Doubt: which experiments are worth their time, judged by how the training went and what the rules say of it.

Some are so cheap that they are always made. The others tell hypotheses apart, and are made where these compete: a
network that learned nothing may have labels that mean nothing, a rate far from right, or a mistake that loses its
input; one that learned its rows and not what holds elsewhere may have wrong labels, or too few.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["CHEAP", "in_doubt"]

CHEAP = ("batch-mixing", "leakage", "augmentation")
LITTLE = 0.7  # of the loss of guessing: hardly anything was learned
MUCH = 0.2
HOLDS = 0.9
SURE = 0.9  # a finding beside which nothing is in doubt
_WORSE = 1.5  # validation loss over training loss

# What a finding leaves open.
_ASKED_BY = {
    "plateau": ("memory", "shuffled-labels", "one-batch", "learning-rate", "curvature"),
    "slow-convergence": ("learning-rate", "curvature"),
    "underfitting": ("shuffled-labels", "one-batch", "label-noise"),
    "learning-rate-too-low": ("learning-rate",),
    "learning-rate-too-high": ("learning-rate", "curvature"),
    "divergence": ("learning-rate",),
    "oscillating-loss": ("learning-rate", "curvature"),
    "edge-of-stability": ("curvature",),
    "batch-size-noise": ("curvature",),
    "unscaled-inputs": ("scaled-inputs",),
    "overfitting": ("shuffled-labels", "label-noise"),
    "shuffled-labels": ("shuffled-labels", "one-batch"),
    "label-noise": ("label-noise",),
    "cannot-overfit-one-batch": ("one-batch",),
    "initialisation-scale": ("one-batch",),
    "dying-relu": ("fresh-layer",),
    "saturated-activation": ("fresh-layer",),
    "symmetric-initialisation": ("fresh-layer",),
    "zero-initialisation": ("fresh-layer",),
}


def in_doubt(vitals: Vitals, findings: Iterable[Finding] = ()) -> list[str]:
    """Return the experiments that are worth their time, the cheap ones first.

    Args:
        vitals: of a training that has ended.
        findings: what the rules say of it already.

    >>> in_doubt(Vitals(), [Finding("unscaled-inputs", "warning", 0.8, "data", "", "")])
    ['batch-mixing', 'leakage', 'augmentation', 'scaled-inputs']
    """
    wanted: list[str] = list(CHEAP)
    findings = list(findings)
    if any(finding.severity == "critical" and finding.confidence >= SURE for finding in findings):
        return wanted
    losses = [s.loss for s in vitals.steps if s.loss is not None]
    batches = [s.batch for s in vitals.steps if s.batch is not None]
    guesses = [b.baseline_loss for b in batches if b.baseline_loss is not None]
    if losses:
        late = median(losses[-max(5, len(losses) // 8) :])
        guess = median(guesses) if guesses else median(losses[:3])
        part = late / guess if guess > 0 else 1.0
        asked = [e.loss for e in vitals.evaluations if e.loss is not None][-3:]
        worse = bool(asked) and median(asked) > max(_WORSE * late, MUCH * guess)
        labels = ["shuffled-labels", "label-noise"]
        # Something of it holds elsewhere, or, as far as is known, might: labels that mean nothing take long to learn.
        if min(asked) < HOLDS * guess if asked else part <= LITTLE:
            labels.reverse()
        if not part <= LITTLE:
            wanted += [labels[0], "one-batch", "learning-rate", *labels, "scaled-inputs", "curvature"]
        elif worse or part > MUCH:
            wanted += labels
        elif not asked:
            wanted += ["label-noise"]
    for finding in findings:
        wanted += _ASKED_BY.get(finding.fault, ())
    return list(dict.fromkeys(wanted))
