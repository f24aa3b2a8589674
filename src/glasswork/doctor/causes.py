"""Causes: which fault brings about which others, and the order in which findings are read.

A training that goes wrong in one way shows it in many: unscaled inputs saturate units, dead units stop gradients, and
the loss lies flat. The table says which fault may bring about which, and why; a finding whose cause was found as well
is shown under that cause.
"""

from __future__ import annotations

from collections.abc import Sequence

from glasswork.records import Finding

__all__ = ["BRINGS_ABOUT", "explained", "order"]

_STALLS = {
    "plateau": "the loss stays where guessing is",
    "underfitting": "the training data themselves are not learned",
    "slow-convergence": "the loss falls late or not at all",
    "too-few-epochs": "the loss is still falling when the training ends",
    "cannot-overfit-one-batch": "not even one batch can be learned",
    "representation-collapse": "all answers become the same",
}
_EXPLODES = {
    "non-finite": "numbers outgrow float32",
    "divergence": "the loss climbs",
    "exploding-gradient": "a steep loss has a large gradient",
    "weight-growth": "large steps add up",
    "oscillating-loss": "the step overshoots",
    "edge-of-stability": "the step is too long for the curvature",
    "initial-loss": "the first outputs are far off",
}
_KILLS = {
    "dying-relu": "units are pushed below 0 for every example",
    "saturated-activation": "units are pushed to their ends",
    "vanishing-gradient": "no gradient passes through units without slope",
}
_MISJUDGES = {
    "overfitting": "training and validation part",
    "learning-rate-too-high": "steps look too large for what they bring",
    "learning-rate-too-low": "steps look too small for what they bring",
}

BRINGS_ABOUT: dict[str, dict[str, str]] = {
    "shape-mismatch": {"parameters-not-in-optimizer": "the script ended before a step"},
    "channel-order": {"shape-mismatch": "the convolution gets rows for channels", **_STALLS, **_MISJUDGES},
    "non-finite-data": {
        "non-finite": "NaN in, NaN out",
        "divergence": "the loss is not a number",
        "exploding-gradient": "the gradient is not a number",
        "learning-rate-too-high": "the loss stops being finite, whatever the rate",
        "unscaled-targets": "the loss stops being finite, whatever the scale",
        "constant-feature": "what is not a number has no spread",
    },
    "missing-zero-grad": {
        **_EXPLODES,
        **_KILLS,
        **_STALLS,
        "learning-rate-too-high": "the step grows with the sum of all gradients",
        "gradient-ascent": "old gradients point elsewhere",
        "unscaled-targets": "the loss blows up, whatever the scale",
    },
    "gradient-ascent": {
        **_EXPLODES,
        **_STALLS,
        **_KILLS,
        "learning-rate-too-high": "the loss rises, whatever the rate",
    },
    "detached-graph": {
        **_STALLS,
        "frozen-or-unused-layers": "what gets no gradient looks unused",
        "vanishing-gradient": "no gradient comes through the cut",
        "learning-rate-too-low": "nothing moves",
        "zero-initialisation": "no gradient tells units apart",
        "symmetric-initialisation": "no gradient tells units apart",
        "over-regularised": "without a gradient only the decay moves weights",
        "dying-relu": "units cannot come back",
    },
    "parameters-not-in-optimizer": {
        **_STALLS,
        "learning-rate-too-low": "weights that are not held do not move",
        "frozen-or-unused-layers": "weights that are not held do not move",
        "initial-loss": "nothing was learned before",
    },
    "frozen-or-unused-layers": {**_STALLS},
    "train-eval-mode": {
        "stale-batch-norm": "in evaluation mode no statistics are kept",
        "tiny-batch-norm": "the mode decides which statistics count",
        "overfitting": "validation is judged in the wrong mode",
        "oscillating-loss": "validation depends on its batches",
        "dropout-too-strong": "validation is judged in the wrong mode",
        **_STALLS,
    },
    "stale-batch-norm": {
        "overfitting": "evaluation uses statistics that were never learned",
        "oscillating-loss": "evaluation jumps with statistics that lag",
        "shuffled-labels": "evaluation uses statistics that were never learned",
    },
    "tiny-batch-norm": {
        "overfitting": "evaluation uses other statistics than training",
        "oscillating-loss": "statistics of a few examples are noise",
        "batch-size-noise": "statistics of a few examples are noise",
        "stale-batch-norm": "statistics of a few examples are noise",
        "shuffled-labels": "evaluation uses other statistics than training",
    },
    "loss-output-mismatch": {
        **_STALLS,
        **_KILLS,
        **_MISJUDGES,
        "loss-reduction": "the loss compares what does not belong together",
        "output-range": "the last activation limits the outputs",
        "initial-loss": "the loss gets what it is not made for",
        "gradient-ascent": "the loss may be negative for such outputs",
        "non-finite": "a logarithm gets what it cannot take",
        "loss-bookkeeping": "the score reads outputs of another kind",
        "shuffled-labels": "hardly anything is learned",
    },
    "output-range": {
        **_STALLS,
        **_KILLS,
        "learning-rate-too-high": "the loss cannot fall, whatever the rate",
        "unscaled-targets": "the outputs cannot get there",
    },
    "loss-reduction": {
        **_EXPLODES,
        **_KILLS,
        **_STALLS,
        "learning-rate-too-high": "a sum makes the step as many times larger as the batch has rows",
        "learning-rate-too-low": "a loss divided twice makes steps tiny",
        "unscaled-targets": "a sum makes the loss large, whatever the scale",
    },
    "batch-mixing": {**_STALLS, "overfitting": "answers depend on their neighbours", "shuffled-labels": "rows mix"},
    "collapsed-labels": {
        **_STALLS,
        "class-imbalance": "one class is left",
        "representation-collapse": "one answer is always right",
        "unshuffled-data": "batches of one class are all there is",
        "dying-relu": "there is nothing to tell apart",
        "saturated-activation": "the network becomes ever surer of the one answer",
        "weight-growth": "the network becomes ever surer of the one answer",
    },
    "shuffled-labels": {
        **_STALLS,
        "overfitting": "only rows by heart can be learned",
        "label-noise": "all labels are noise",
    },
    "label-noise": {"overfitting": "mistakes are learned by heart", "underfitting": "mistakes cannot be predicted"},
    "unshuffled-data": {
        "oscillating-loss": "each stretch of one class pulls its own way",
        "divergence": "a new class is a surprise",
        "exploding-gradient": "a new class is a surprise",
        "learning-rate-too-high": "what was learned is undone by the next class",
        "collapsed-labels": "the first stretch has one class",
        "class-imbalance": "the first stretch has one class",
        "overfitting": "the last stretch is remembered best",
        "representation-collapse": "the first stretch has one answer",
        "stale-batch-norm": "statistics follow the last stretch",
        "shuffled-labels": "the last stretch is remembered best",
        **_STALLS,
    },
    "class-imbalance": {
        "overfitting": "the few rare rows are learned by heart",
        "plateau": "the frequent class is nearly always right",
        "representation-collapse": "one answer",
    },
    "constant-feature": {**_STALLS, "duplicate-rows": "rows that hardly differ repeat"},
    "duplicate-rows": {},
    "unscaled-inputs": {
        **_EXPLODES,
        **_KILLS,
        **_STALLS,
        "learning-rate-too-high": "large inputs make the first layer's steps large",
        "learning-rate-too-low": "small features need larger steps than large ones bear",
        "initialisation-scale": "the first layer is drawn for inputs of size 1",
        "optimizer-settings": "gradients are large or small with the inputs",
        "overfitting": "large features drown the others",
    },
    "scaled-twice": {
        **_STALLS,
        "vanishing-gradient": "the first layer's gradient is as small as its inputs",
        "learning-rate-too-low": "the first layer's gradient is as small as its inputs",
        "optimizer-settings": "gradients are as small as the inputs",
        "representation-collapse": "all rows look alike",
        "initialisation-scale": "all rows look alike",
    },
    "unscaled-targets": {
        **_EXPLODES,
        **_KILLS,
        **_STALLS,
        "learning-rate-too-high": "squared errors of thousands make steps large",
        "learning-rate-too-low": "the outputs have far to go",
    },
    "symmetric-initialisation": {**_STALLS, **_KILLS, "zero-initialisation": "0 is equal, too"},
    "zero-initialisation": {
        **_STALLS,
        **_KILLS,
        "symmetric-initialisation": "zeros are alike",
        "detached-graph": "no gradient passes through weights of 0",
        "learning-rate-too-low": "weights with no gradient do not move",
        "constant-feature": "what follows is constant",
    },
    "initialisation-scale": {
        **_EXPLODES,
        "gradient-ascent": "weights near 0 turn round at once",
        **_KILLS,
        **_STALLS,
        "learning-rate-too-high": "large weights make the loss steep",
        "learning-rate-too-low": "steps are small against large weights",
    },
    "softmax-in-hidden-layer": {**_STALLS, "vanishing-gradient": "a softmax has small slopes", **_MISJUDGES},
    "missing-nonlinearity": {"underfitting": "a linear network fits lines only", "plateau": "lines do not fit"},
    "optimizer-settings": {
        **_EXPLODES,
        **_STALLS,
        **_KILLS,
        "learning-rate-too-high": "averages that never fade push on",
        "learning-rate-too-low": "a large epsilon shrinks every step",
        "over-regularised": "decay is divided by the gradient's size",
    },
    "schedule-misuse": {
        **_STALLS,
        **_EXPLODES,
        "learning-rate-too-low": "the rate lies at its floor",
        "learning-rate-too-high": "the rate has grown",
    },
    "learning-rate-too-high": {**_EXPLODES, **_KILLS, **_STALLS, "unscaled-targets": "the loss blows up by itself"},
    "learning-rate-too-low": {
        **_STALLS,
        "vanishing-gradient": "steps look small",
        "optimizer-settings": "steps look small",
    },
    "over-regularised": {
        **_STALLS,
        "vanishing-gradient": "shrunken weights pass no gradient",
        "learning-rate-too-low": "the task's own steps are small",
        "dying-relu": "shrunken weights leave the bias to decide",
    },
    "dropout-too-strong": {
        **_STALLS,
        **_EXPLODES,
        "learning-rate-too-high": "the loss cannot fall while so little is left",
        "batch-size-noise": "what is dropped is noise",
    },
    "destructive-augmentation": {**_STALLS, "overfitting": "validation looks different"},
    "batch-size-noise": {
        "learning-rate-too-high": "a rate for large batches is too high for a few examples",
        "exploding-gradient": "the gradient of a few examples varies",
        "weight-growth": "noise adds up",
        "non-finite": "noise adds up",
        "divergence": "noise adds up",
        "oscillating-loss": "the loss of a few examples varies",
        "slow-convergence": "steps are noise",
    },
    "vanishing-gradient": {**_STALLS, "learning-rate-too-low": "without a gradient nothing moves"},
    "exploding-gradient": {
        "non-finite": "a huge step ends in overflow",
        "divergence": "a huge step undoes what was learned",
        "weight-growth": "a huge step is kept by the weights",
        "dying-relu": "a huge step pushes units below 0",
        "saturated-activation": "a huge step pushes units to their ends",
        **_STALLS,
    },
    "dying-relu": {**_STALLS, "vanishing-gradient": "nothing passes through silent units"},
    "saturated-activation": {**_STALLS, "vanishing-gradient": "nothing passes where the slope is 0"},
    "weight-growth": {
        "divergence": "outputs grow with the weights",
        "plateau": "outputs grow with the weights",
        "underfitting": "outputs grow with the weights",
        "exploding-gradient": "gradients grow with the weights",
        "non-finite": "numbers outgrow float32",
        "saturated-activation": "outputs grow with the weights",
    },
    "edge-of-stability": {"oscillating-loss": "the steepest direction is overshot in every step"},
    "representation-collapse": {"plateau": "all answers are the same"},
    "non-finite": {
        "divergence": "what is not a number cannot fall",
        "exploding-gradient": "the gradient is not a number",
        "plateau": "nothing moves any more",
        "cannot-overfit-one-batch": "nothing can be learned with weights that are NaN",
    },
    "divergence": {
        "non-finite": "a loss that climbs ends in overflow",
        "oscillating-loss": "the way up is no straight line",
        "plateau": "up there it is flat",
    },
    "cannot-overfit-one-batch": {
        "plateau": "what cannot learn one batch cannot learn many",
        "underfitting": "likewise",
    },
    "plateau": {"slow-convergence": "flat is slower than slow", "underfitting": "nothing was learned"},
    "underfitting": {"slow-convergence": "what cannot be learned is not learned fast"},
    "slow-convergence": {"too-few-epochs": "a faster training would have arrived"},
    "worker-seeds": {"overfitting": "augmentation repeats itself"},
    "replicas-out-of-step": {"oscillating-loss": "each copy goes its own way", "divergence": "copies pull apart"},
    "target-leakage": {},
    "fitted-before-split": {},
    "overfitting": {},
    "too-few-epochs": {},
    "initial-loss": {},
    "oscillating-loss": {},
    "loss-bookkeeping": {},
}

_GRAVITY = {"critical": 0, "warning": 1, "note": 2}
_WORTH = 0.2  # how much surer a finding must be to be a cause rather than the fault that would explain it


def order(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings as they should be read: causes by gravity, each with what it explains behind it.

    >>> late = Finding("plateau", "critical", 0.9, "loop", "…", "…")
    >>> early = Finding("unscaled-inputs", "warning", 0.8, "data", "…", "…")
    >>> [finding.fault for finding in order([late, early])]
    ['unscaled-inputs', 'plateau']
    """
    listed = list(findings)
    above = explained(listed)
    below: dict[int, list[int]] = {}
    for place in above:
        below.setdefault(_root(place, above), []).append(place)
    roots = [place for place in range(len(listed)) if place not in above]

    def weight(place: int) -> tuple[int, float, int]:
        """How grave a cause is, with all that it has brought about."""
        own = listed[place]
        brought = [listed[symptom] for symptom in below.get(place, [])]
        gravity = min(_GRAVITY[finding.severity] for finding in (own, *brought))
        return max(gravity, _GRAVITY[own.severity] - 1), -own.confidence, own.step or 0

    read: list[Finding] = []
    for root in sorted(roots, key=weight):
        read.append(listed[root])
        symptoms = sorted(below.get(root, []), key=lambda place: _alone(listed[place]))
        read += [listed[symptom] for symptom in symptoms]
    return read


def explained(findings: Sequence[Finding]) -> dict[int, int]:
    """Return, for each finding that another one explains, its place and the place of its cause.

    A note explains nothing graver than a note: what is merely worth knowing brings no training down. Of several causes
    the surest is taken; two faults that might each bring about the other are told apart by confidence, then by time.

    >>> dead = Finding("dying-relu", "critical", 0.9, "net.1", "…", "…", 9)
    >>> fast = Finding("learning-rate-too-high", "critical", 0.8, "optimizer", "…", "…", 12)
    >>> explained([dead, fast])
    {0: 1}
    """
    above: dict[int, int] = {}
    ranked = sorted(range(len(findings)), key=lambda place: _alone(findings[place]))
    for place in ranked:
        finding = findings[place]
        causes = [other for other in ranked if other != place and _may_explain(findings[other], finding)]
        for cause in sorted(causes, key=lambda other: (-findings[other].confidence, findings[other].step or 0)):
            if _root(cause, above) != place:  # no circles
                above[place] = cause
                break
    return above


def _may_explain(cause: Finding, finding: Finding) -> bool:
    if finding.fault not in BRINGS_ABOUT.get(cause.fault, {}):
        return False
    if cause.severity == "note" and finding.severity != "note":
        return False
    mutual = cause.fault in BRINGS_ABOUT.get(finding.fault, {})
    if not mutual:
        return True
    if abs(cause.confidence - finding.confidence) > _WORTH:
        return cause.confidence > finding.confidence
    return (cause.step or 0, cause.fault) < (finding.step or 0, finding.fault)


def _root(place: int, above: dict[int, int]) -> int:
    while place in above:
        place = above[place]
    return place


def _alone(finding: Finding) -> tuple[int, float, int]:
    return _GRAVITY[finding.severity], -finding.confidence, finding.step or 0
