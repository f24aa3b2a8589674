"""A loss and an output that do not belong together.

Looks at:     the kind of loss, the range and row sums of what it was called with, the targets, and the last layer.
Fires when:   cross-entropy or a loss "with logits" gets values that are squashed already (softmax, sigmoid, ReLU; also
              outside of the model, where its last dense layer says less than 0 and the loss is given nothing below); a
              loss of log-probabilities gets values above 0; probabilities come from a softmax over one unit; labels lie
              outside what the loss is made for; a Poisson loss of logarithms gets a softplus or ReLU, or one of rates
              gets raw values below 0; or a loss for amounts is used for classes, or sets a class number beside one
              output for each class.
Why it hurts: a loss that squashes once more sees scores within one unit of each other: its gradients are small and it
              can never be sure. The other pairs are plainly wrong numbers.
Try first:    let the model end in a linear layer and give its raw scores to ``cross_entropy`` (classes) or
              ``binary_cross_entropy_with_logits`` (yes or no).
Can be wrong: an output can lie in [0, 1] by chance; so without a squashing last layer TIMES batches of ENOUGH numbers
              must agree, and LONG where their mean is further than AROUND from MIDDLE and less than CUT of them are
              exactly 0: small scores of a network that has hardly begun.
              Log-probabilities into cross-entropy are harmless and not reported. Squared error on one-hot targets
              does work, only worse, hence a warning; on one probability it is a note where the loss came down. Games
              with several optimizers are left out of the questions about targets.
Source:       AUTOTRAINER's loss table (Zhang et al. 2021), UMLAUT (Schoop et al. 2021), NeuraLint (Nikanjam et al.
              2021). TOLERANCE: float32 row sums of probabilities; CLASSES and EVEN: amounts are seldom whole,
              contiguous from 0 *and* evenly spread, class numbers mostly are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from glasswork.doctor.rules._anatomy import kind, last_layers
from glasswork.doctor.rules._history import AMOUNTS, came_down, looked_at, main_loss, shown
from glasswork.doctor.vitals import LossFacts, StepVitals, TensorVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["loss_output_mismatch"]

TIMES = 3
LONG = 20
MIDDLE = 0.5
AROUND = 0.15
CUT = 0.1
TOLERANCE = 1e-3
SHARED = 0.5  # of both ranges: the outputs are the layer's, though another run of it was looked at
ENOUGH = 32  # numbers that a batch of outputs must have before its range is a pattern
FEW = 4  # likewise, where the last layer is known to squash, and its outputs are the ones
EXACTLY = 0.999
CLASSES = 100
EVEN = 5.0

POSITIVE = ("softplus", "relu")
SQUASHING = ("softmax", "sigmoid", "hardsigmoid")
LOGITS = ("cross_entropy", "binary_cross_entropy_with_logits")
PROBABILITIES = "all elements of input should be between 0 and 1"
LABELS = "out of bounds"


def loss_output_mismatch(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first pair of loss and output, or loss and target, that does not fit."""
    loss = main_loss(vitals)
    if vitals.error:
        yield from _crash(vitals)
    if loss is None:
        return
    last = next((layer for _, layer in last_layers(vitals) if layer.family == "activation"), None)
    where = last.name if last else "loss"
    steps = [step for step in looked_at(vitals) if step.batch is not None and step.batch.outputs is not None]
    single = len({seen.kind for seen in vitals.losses}) == 1  # with several, the outputs may be another loss's
    raw = any(layer.family == "linear" for _, layer in last_layers(vitals))  # its outputs lie anywhere
    squashes = last is not None and kind(last) in SQUASHING and loss.kind in LOGITS
    row = 0
    for step in steps:
        batch = step.batch
        if batch is None or batch.outputs is None:
            continue
        wrong = _output(
            loss, batch.outputs, kind(last) if last else "linear" if raw and not _bent(vitals, step) else ""
        )
        if wrong and wrong[0] and squashes and raw and last and not _of(step, last.name, batch.outputs):
            wrong = None  # of two models, it is the other whose outputs these are
        small = squashes and prod(batch.outputs.shape) < ENOUGH
        if wrong and small and last and not _of(step, last.name, batch.outputs, EXACTLY):
            wrong = None
        row = row + 1 if wrong else 0
        times = LONG if wrong and loss.kind in LOGITS and _by_chance(batch.outputs, last is not None) else TIMES
        if wrong and (single or squashes) and (wrong[0] or row >= times):
            sure, evidence, advice = wrong
            changes = {"loss.name": "cross_entropy"} if loss.kind in ("nll", "binary_cross_entropy") else {}
            yield Finding(
                "loss-output-mismatch",
                "critical",
                0.95 if sure else 0.85,
                where,
                f"At step {step.number} {loss.name} was called with {evidence}.",
                advice,
                step.number,
                (Treatment(advice, changes),) if changes else (),
            )
            return
    if len(vitals.optimizers) <= 1 and single:
        for finding in _targets(loss, steps):
            brier = loss.kind in AMOUNTS and last is not None and kind(last) == "sigmoid"
            learned = brier and came_down(vitals, finding.step or 0)
            yield replace(finding, severity="note") if learned else finding


def _bent(vitals: Vitals, step: StepVitals) -> bool:
    """Return whether a model's last dense layer says less than 0 and the loss is given nothing below: not as it was."""
    ends = [step.layers.get(layer.name) for _, layer in last_layers(vitals) if layer.family == "linear"]
    given = step.batch.outputs if step.batch else None
    if len(vitals.models) != 1 or len(ends) != 1 or ends[0] is None or ends[0].low is None or given is None:
        return False
    return ends[0].low < 0 <= (given.low if given.low is not None else -1.0)


def _by_chance(outputs: TensorVitals, activation: bool) -> bool:
    """Return whether scores of a network that has hardly begun may lie between 0 and 1 as these do.

    What a sigmoid says at first lies around a half, and what was cut off at 0 is often exactly 0.
    """
    sums, mean = outputs.row_sums, outputs.mean
    if activation or mean is None or (sums is not None and max(abs(s - 1) for s in sums) < TOLERANCE):
        return False
    return abs(mean - MIDDLE) > AROUND and (outputs.zeros or 0.0) < CUT


def _of(step: StepVitals, layer: str, outputs: TensorVitals, share: float = SHARED) -> bool:
    """Return whether outputs cover the same range as a layer's in this step, at least so much of it."""
    seen = step.layers.get(layer)
    if seen is None or seen.low is None or seen.high is None or outputs.low is None or outputs.high is None:
        return False
    shared = min(seen.high, outputs.high) - max(seen.low, outputs.low)
    return shared >= share * (max(seen.high, outputs.high) - min(seen.low, outputs.low))


def _output(loss: LossFacts, outputs: TensorVitals, last: str) -> tuple[bool, str, str] | None:
    """Return whether it is sure, what was seen and what to do, if this loss should not be called with these outputs."""
    low, high = outputs.low, outputs.high
    if low is None or high is None:
        return None
    width = outputs.shape[-1] if len(outputs.shape) > 1 else 1
    classes = outputs.shape[1] if len(outputs.shape) > 1 else 1
    enough = FEW if any(word in last for word in SQUASHING) else ENOUGH
    squashed = low >= 0 and high <= 1 + TOLERANCE and prod(outputs.shape) >= enough
    sums = outputs.row_sums
    distribution = squashed and sums is not None and max(abs(s - 1) for s in sums) < TOLERANCE and width > 1
    said = f"values from {shown(low)} to {shown(high)}"
    remove = "Remove the last activation: this loss applies its own to raw scores."
    if loss.kind in ("cross_entropy", "nll") and classes == 1 and len(outputs.shape) > 1:
        return True, "a single score per example, of which the share is always 1", "Give the model one output a class."
    if last == "softmax" and width == 1 and low == high == 1:
        return (
            True,
            "a softmax over one unit, which is 1 for every example",
            "Use a sigmoid for one unit, or two units.",
        )
    if loss.kind in LOGITS:
        if distribution:
            return "softmax" in last, f"{said} whose rows sum to 1: probabilities, not scores", remove
        if squashed and last not in ("relu", "linear"):
            return last in SQUASHING, f"{said}: already squashed, not raw scores", remove
        if last in ("relu", "relu6") and low == 0:
            return False, f"{said}, the output of a ReLU, which cannot say that a class is unlikely", remove
    if loss.kind == "nll" and high > TOLERANCE:
        what = f"{said}: no log-probabilities, those are at most 0"
        return not distribution or last == "softmax", what, "Use log_softmax before it, or cross_entropy on raw scores."
    if loss.kind == "poisson_nll":
        return _rate(loss, outputs, last, said)
    if loss.kind == "kl_div" and high > TOLERANCE:
        return (
            False,
            f"{said}: its first argument must be log-probabilities",
            "Give kl_div the log of the probabilities.",
        )
    return None


def _rate(loss: LossFacts, outputs: TensorVitals, last: str, said: str) -> tuple[bool, str, str] | None:
    """Return likewise of a loss for counts: it takes the logarithm of a rate, or the rate itself."""
    logarithms = loss.settings.get("log_input")
    if logarithms is True and last in POSITIVE and (outputs.low or 0.0) >= 0:
        what = f"{said}, the output of a {last}, as the logarithm of a rate, which could then never be below 1"
        return True, what, "Call it with log_input=False: the model gives the rate itself; or remove the activation."
    if logarithms is False and last == "linear" and (outputs.low or 0.0) < 0:
        what = f"{said} as rates, of which none can be below 0"
        return True, what, "Leave log_input=True, or end the model in a softplus."
    return None


def _targets(loss: LossFacts, steps: list[StepVitals]) -> Iterator[Finding]:
    """Yield targets of another kind than the loss is made for."""
    row, key = 0, ""
    counts: dict[int, int] = {}
    for step in steps:
        targets, outputs = (step.batch.targets, step.batch.outputs) if step.batch else (None, None)
        if targets is None or outputs is None:
            continue
        for value, count in (targets.counts or {}).items():
            counts[value] = counts.get(value, 0) + count
        wrong = _target(loss, targets, outputs, counts)
        row = row + 1 if wrong and wrong[0] == key else 1 if wrong else 0
        key = wrong[0] if wrong else ""
        if wrong and row >= TIMES:
            _, sure, evidence, advice = wrong
            yield Finding(
                "loss-output-mismatch",
                "critical" if sure else "warning",
                0.9 if sure else 0.6,
                "loss",
                f"Up to step {step.number} {loss.name} compared {evidence}.",
                advice,
                step.number,
                (Treatment(advice, {"loss.name": "cross_entropy"}),) if loss.kind in AMOUNTS else (),
            )
            return


def _target(
    loss: LossFacts, targets: TensorVitals, outputs: TensorVitals, counts: dict[int, int]
) -> tuple[str, bool, str, str] | None:
    low, high, sums = targets.low, targets.high, targets.row_sums
    if low is None or high is None:
        return None
    whole = targets.counts is not None
    wide = len(outputs.shape) > 1 and outputs.shape[-1] > 1
    same = targets.shape == outputs.shape
    # Class numbers that were stretched along the row to the outputs' shape: each row is one number.
    repeated = same and wide and sums is not None and sums == (outputs.shape[-1] * low, outputs.shape[-1] * high)
    # One number a row beside as many outputs as there are classes, each compared with it.
    beside = wide and not same and outputs.shape[:1] == targets.shape[:1] and prod(targets.shape) == targets.shape[0]
    binary = whole and set(counts) == {0, 1}
    if loss.kind.startswith("binary_cross_entropy") and (low < -TOLERANCE or high > 1 + TOLERANCE):
        return (
            "range",
            True,
            f"targets from {shown(low)} to {shown(high)}, where it needs 0 to 1",
            "Use targets of 0 and 1; for more than two classes cross_entropy.",
        )
    if loss.kind == "cross_entropy" and same and wide and "float" in targets.dtype and sums is not None:
        if binary and sums[1] > 1 + TOLERANCE:
            return (
                "multi",
                True,
                f"one distribution over classes with targets that mark up to {shown(sums[1])} classes at once",
                "Use binary_cross_entropy_with_logits where several labels can be true.",
            )
        return None
    if loss.kind == "hinge" and binary and not wide:
        return "hinge", False, "scores with labels of 0 and 1, where it needs -1 and 1", "Use labels of -1 and 1."
    if loss.kind not in AMOUNTS or not whole or not counts:
        return None
    if same and wide and binary and sums is not None and max(abs(s - 1) for s in sums) < TOLERANCE:
        return (
            "one-hot",
            False,
            "amounts, and the targets mark one class in each row",
            "Use cross_entropy on raw scores: squared error hardly corrects an answer that is sure and wrong.",
        )
    classes = sorted(counts)
    total = sum(counts.values())
    even = all(total / len(classes) / EVEN <= counts[c] <= EVEN * total / len(classes) for c in classes)
    contiguous = classes[0] == 0 and classes[-1] == len(classes) - 1 and 2 <= len(classes) <= CLASSES
    if (
        (not wide or repeated or (beside and outputs.shape[-1] == len(classes)))
        and contiguous
        and even
        and total >= ENOUGH
        and (len(classes) > 2 or "int" in targets.dtype or binary)
    ):
        return (
            "classes",
            beside,
            f"amounts, and every target is one of the class numbers 0 to {len(classes) - 1}"
            + (f", set beside each of the {len(classes)} outputs" if beside else ""),
            "Use one output a class and cross_entropy; for two classes binary_cross_entropy_with_logits on one output.",
        )
    return None


def _crash(vitals: Vitals) -> Iterator[Finding]:
    """Yield what a loss would not take."""
    error = (vitals.error or "").strip()
    said = error.splitlines()[-1][:160].rstrip(".") if error else ""
    step = vitals.steps[-1].number + 1 if vitals.steps else None
    for words, sure, evidence, advice in _REFUSED:
        if all(word in error for word in words):
            yield Finding("loss-output-mismatch", "critical", sure, "loss", f"{evidence}: {said}.", advice, step)
            return


# Words of the error, how sure that is, what was seen, what to do.
_REFUSED = (
    (
        (PROBABILITIES,),
        0.95,
        "binary_cross_entropy needs probabilities, and the script ended with",
        "Use binary_cross_entropy_with_logits on raw scores.",
    ),
    (
        (LABELS, "arget"),
        0.9,
        "A label has no output of its own",
        "Give the model as many outputs as there are classes, and number the classes from 0.",
    ),
    (
        ("target dtype", "Long"),
        0.93,
        "The loss needs class numbers, and the targets are fractions",
        "Give it whole class numbers: targets.long(); for amounts use mse_loss.",
    ),
    (
        ("expected scalar type Long", "Float"),
        0.85,
        "The loss needs class numbers, and the targets are fractions",
        "Give it whole class numbers: targets.long(); for amounts use mse_loss.",
    ),
    (
        ("target with class probabilities",),
        0.93,
        "Targets of the scores' own shape must be probabilities, not whole numbers",
        "Give cross_entropy the class numbers, targets.argmax(1), or targets.float().",
    ),
    (
        ("Found dtype Long but expected Float",),
        0.9,
        "The loss needs targets that are fractions, and got whole numbers",
        "Give it targets.float(); for more than two classes cross_entropy takes class numbers.",
    ),
    (
        ("result type Float", "output type Long"),
        0.85,
        "The loss needs targets that are fractions, and got whole numbers",
        "Give it targets.float(); for more than two classes cross_entropy takes class numbers.",
    ),
)
