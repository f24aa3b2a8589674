"""A loss that is summed, averaged or compared along the wrong axis.

Looks at:     how the loss and each of its parts are reduced, the first losses against the share of wrong answers, and
              the shapes of outputs and targets.
Fires when:   outputs and targets of an element-wise loss have different shapes, so that each output is compared with
              each target, also in a loss of no known kind, whose graph holds the table of all pairs; the gaps of a
              batch are averaged before they are squared, and nothing else is in the loss; a mean over the places of
              sequences counts those that only fill them up (the embedding's padding, or a 0 that outnumbers every other
              token); the loss of a batch is a sum while the optimizer's steps follow its size (of a loss written by
              hand: and it blows up); one part of a loss is summed over the batch and outweighs another that is averaged
              over it, by APIECE of the number of examples, and the outputs of the latter stay as FLAT as at first; or
              an entropy is smaller, by SLACK, than its share of wrong answers allows, as when a mean is divided by the
              batch size once more.
Why it hurts: a sum makes the step grow with the batch: a learning rate that suits 8 examples explodes at 256. A wrong
              pairing teaches every output the mean of all targets.
Try first:    ``reduction="mean"``; give outputs and targets one shape, such as ``outputs.squeeze(-1)``.
Can be wrong: a penalty may be meant to win. Sums are usual where terms of several kinds are added (variational
              autoencoders) and then divided by hand; with Adam, whose step does not follow the size, a sum is a note.
Source:       TheDeepChecker's wrong-loss faults; torch's broadcasting rules. SLACK: a wrong answer costs at least ln
              2, so the bound itself is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, log, prod

from glasswork.doctor.rules._history import baseline, looked_at, main_loss, shown, sober_loss
from glasswork.doctor.vitals import LossFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["loss_reduction"]

MANY = 8  # rows, from which a batch size cannot be mistaken for a poor start
ELEMENTWISE = ("mse", "l1", "smooth_l1", "huber")
ENTROPIES = ("cross_entropy", "nll", "binary_cross_entropy", "binary_cross_entropy_with_logits")
SLACK = 2.0
TWICE = 2
KNOWN = 0.15  # of the places are filling, where the embedding says what that is
GUESSED = 0.35
LETTERS = 5  # other tokens
OUTNUMBERS = 3  # times that filling is more frequent than any of them
EARLY = 10  # sampled steps
APIECE = 0.2  # with factors such as 1/2 in front of either
OUTWEIGHS = 8.0
FLAT = 0.5  # of the targets' standard deviation
BLOWN = 5.0  # times the first loss
SOON = 30  # steps
LATE = 50
FOLLOWS_SIZE = ("sgd", "momentum", "nesterov", "by hand")


def loss_reduction(vitals: Vitals) -> Iterator[Finding]:
    """Yield a wrong pairing, else a wrong reduction."""
    loss = main_loss(vitals)
    if loss is None:
        return
    found = _table(vitals, loss) if len(vitals.losses) == 1 else None
    found = found or (_pairing(vitals, loss) if loss.kind in ELEMENTWISE and len(vitals.losses) == 1 else None)
    found = found or _mean_first(vitals, loss)
    found = found or _padding(vitals, loss) or _sum(vitals) or _divided(vitals) or _uneven(vitals, loss)
    found = found or _sum_by_hand(vitals, loss)
    if found:
        yield found


def _pairing(vitals: Vitals, loss: LossFacts) -> Finding | None:
    compared: tuple[int, ...] = loss.settings.get("compared") or ()
    for step in looked_at(vitals):
        outputs, targets = (step.batch.outputs, step.batch.targets) if step.batch else (None, None)
        # Outputs of one column against targets without one; pairs of wider outputs are distances, and meant.
        square = len(compared) == 2 and compared[0] == compared[1] > 1 and loss.settings.get("pairs", compared)
        if outputs is not None and square and outputs.shape in ((compared[0], 1), (compared[0],)):
            return _written_out(loss, outputs.shape, tuple(compared), step.number)
        if outputs is None or targets is None or outputs.shape == targets.shape:
            continue
        if targets.shape == tuple(compared):
            continue  # the outputs were brought to the targets' shape before they met
        together = _broadcast(outputs.shape, targets.shape)
        if together is not None and together not in (outputs.shape, targets.shape):
            return Finding(
                "loss-reduction",
                "critical",
                0.95,
                "loss",
                f"{loss.name} was called with outputs {outputs.shape} and targets {targets.shape}: it compares "
                "every output "
                f"with every target, {together} pairs.",
                f"Give both one shape: outputs.reshape({', '.join(map(str, targets.shape))}).",
                step.number,
            )
    return None


def _table(vitals: Vitals, loss: LossFacts) -> Finding | None:
    """Return the finding for a loss of no known kind that is made of a table of all outputs beside all targets."""
    pairs = loss.settings.get("pairs") or (0, 0)
    if pairs[0] < MANY or not vitals.steps or len(vitals.optimizers) > 1:
        return None
    return Finding(
        "loss-reduction",
        "critical",
        0.9,
        "loss",
        f"The loss that is written out is made of a table of {pairs[0]:,} x {pairs[1]:,} numbers, from one output for "
        f"each of {pairs[0]:,} rows: it compares every output with every target.",
        "Give outputs and targets one shape before they meet: outputs.squeeze(-1), or targets.unsqueeze(-1).",
        vitals.steps[0].number,
    )


def _written_out(loss: LossFacts, outputs: tuple[int, ...], compared: tuple[int, ...], number: int) -> Finding:
    return Finding(
        "loss-reduction",
        "critical",
        0.93,
        "loss",
        f"The loss that is written out ({loss.kind}) takes {compared} differences of outputs of shape {outputs}: it "
        "compares every output with every target.",
        f"Give both one shape before subtracting: targets.reshape({', '.join(map(str, outputs))}).",
        number,
    )


def _mean_first(vitals: Vitals, loss: LossFacts) -> Finding | None:
    """Return the finding for gaps that are averaged before they are squared, so that they cancel out."""
    count = loss.settings.get("mean_first") or 0
    if count < MANY or len(vitals.losses) > 1 or len(vitals.optimizers) > 1 or not vitals.steps:
        return None
    return Finding(
        "loss-reduction",
        "critical",
        0.93,
        "loss",
        f"The loss takes the mean of {count} gaps between outputs and targets first, and its square or amount after: "
        "gaps above and below cancel out, and outputs that are right on average are all that it asks for.",
        "Square (or take the amount of) each gap, then the mean: (outputs - targets).square().mean().",
        vitals.steps[0].number,
    )


def _padding(vitals: Vitals, loss: LossFacts) -> Finding | None:
    """Return the finding if a mean over places counts those that only fill sequences up."""
    if loss.kind not in ("cross_entropy", "nll"):
        return None
    known = {
        layer.settings["padding_idx"]
        for model in vitals.models.values()
        for layer in model.layers.values()
        if layer.family == "embedding" and layer.settings.get("padding_idx") is not None
    }
    for step in looked_at(vitals)[:EARLY]:
        targets = step.batch.targets if step.batch else None
        tokens = max(step.batch.tokens.values(), key=lambda x: prod(x.shape), default=None) if step.batch else None
        if targets is None or tokens is None or not targets.counts or not tokens.counts or len(tokens.shape) < 2:
            continue
        if prod(targets.shape) <= tokens.shape[0]:
            continue  # one label a sequence
        fill = next(iter(known)) if len(known) == 1 else 0
        share, there = (x.counts.get(fill, 0) / prod(x.shape) for x in (targets, tokens) if x.counts)
        others = sorted((count for value, count in tokens.counts.items() if value != fill), reverse=True)
        sure = len(known) == 1
        most = len(others) >= LETTERS and tokens.counts.get(fill, 0) > OUTNUMBERS * others[0]
        if loss.settings.get("ignore_index") == fill or min(share, there) < (KNOWN if sure else GUESSED):
            continue
        if sure or most:
            return Finding(
                "loss-reduction",
                "warning",
                0.9 if sure else 0.7,
                "loss",
                f"{share:.0%} of the targets at step {step.number} are {fill}, which fills sequences up "
                f"({there:.0%} of the inputs), and {loss.name} takes its mean over them, too.",
                f"Leave the filling out of the mean: ignore_index={fill}.",
                step.number,
            )
    return None


def _sum(vitals: Vitals) -> Finding | None:
    loss, first = main_loss(vitals), _first(vitals)
    if loss is None or first is None or loss.reduction != "sum" or first.loss is None or sober_loss(vitals) is None:
        return None
    batch, rows = first.batch, _rows(first)
    total = batch.baseline_loss if batch else None  # in the units of the loss: a sum
    if batch is None or batch.targets is None or rows < MANY or total is None or total <= 0:
        return None
    if first.loss < total / rows**0.5:
        return None  # a sum that was divided by hand
    terms = batch.outputs.shape[1:] if batch.outputs else ()
    per_row = loss.kind in ("cross_entropy", "nll") or all(size == 1 for size in terms)
    count = rows if loss.kind in ("cross_entropy", "nll") else prod(batch.targets.shape)
    follows = any(o.kind.lower() in FOLLOWS_SIZE for o in vitals.optimizers.values())
    clipped = any(step.before_clip is not None for step in vitals.steps[:20])
    return Finding(
        "loss-reduction",
        "warning" if per_row or (follows and not clipped) else "note",
        0.8 if follows else 0.6,
        "loss",
        f"{loss.name} is summed over the batch of {rows}: the loss is {shown(first.loss)} at step {first.number}, "
        "where "
        f"guessing has a mean of {shown(total / count)}.",
        'Use reduction="mean", and the learning rate that suits one example.',
        first.number,
    )


def _divided(vitals: Vitals) -> Finding | None:
    """Return the finding if losses are smaller than any mean can be, given how many answers are wrong.

    Where an answer is wrong its own class has a probability of at most a half, so that its loss is at least ln 2.
    """
    loss = sober_loss(vitals)
    if loss is None or loss.kind not in ENTROPIES or loss.settings.get("weight") or loss.settings.get("pos_weight"):
        return None
    row = 0
    for step in looked_at(vitals)[:EARLY]:
        correct = step.batch.correct if step.batch else None
        if step.loss is None or correct is None:
            continue
        whole = step.loss * max(1, step.backwards)  # accumulated losses are divided by their number, and rightly so
        least = log(2) * (1 - correct)
        row = row + 1 if 0 <= whole < least / SLACK else 0
        if row == TWICE:
            return Finding(
                "loss-reduction",
                "critical",
                0.9,
                "loss",
                f"At step {step.number} the loss is {shown(step.loss)} though {1 - correct:.0%} of the answers are "
                "wrong: a mean "
                f"would be {shown(least)} at least, and guessing has about {shown(baseline(vitals) or least)}.",
                "Do not divide a mean by the batch size once more.",
                step.number,
            )
    return None


def _uneven(vitals: Vitals, loss: LossFacts) -> Finding | None:
    """Return the finding of a loss whose one part is a mean over the batch and another one a sum that outweighs it."""
    parts = loss.settings.get("row_weights") or ()
    means, sums = ([weight for weight, how in parts if how == which and weight > 0] for which in ("mean", "sum"))
    seen = [s for s in looked_at(vitals) if s.batch is not None and s.batch.outputs and s.batch.targets]
    if not means or not sums or not seen or loss.reduction != "mean" or loss.kind not in (*ELEMENTWISE, *ENTROPIES):
        return None
    rows, times = _rows(seen[0]), max(sums) / min(means)
    if rows < MANY or times < max(OUTWEIGHS, APIECE * rows):
        return None
    pairs = [(s.batch.outputs, s.batch.targets) for s in seen if s.batch and s.number >= LATE]
    gaps = [(said.std, there.std) for said, there in pairs if said and there and said.shape == there.shape]
    flat = [said for said, there in gaps if said is not None and there and said < FLAT * there]
    if len(flat) < TWICE or len(flat) < len(pairs):
        return None
    said = (
        f"{max(sums) / rows:.3g} in a part that is summed over the batch of {rows}, and {min(means) / rows:.3g} in one"
    )
    return Finding(
        "loss-reduction",
        "critical",
        0.85,
        "loss",
        f"An example counts {said} that is averaged over it ({loss.name}), {times:,.0f} times less; after step {LATE} "
        "the outputs still hardly differ from a constant.",
        'Reduce both parts alike: reduction="sum" for both, or sums over each example and a mean over the batch.',
        [s.number for s in seen if s.number >= LATE][TWICE - 1],
    )


def _sum_by_hand(vitals: Vitals, loss: LossFacts) -> Finding | None:
    """Return the finding of a sum that was not seen as a call of torch's, if the steps that follow its size blow up."""
    parts = loss.settings.get("row_weights") or ()
    first = _first(vitals)
    rows = first.batch.outputs.shape[0] if first and first.batch and first.batch.outputs else 0
    follows = any(o.kind.lower() in FOLLOWS_SIZE for o in vitals.optimizers.values())
    if loss.reduction == "sum" or rows < MANY or not follows or len(vitals.optimizers) > 1 or not parts:
        return None
    if min(weight for weight, _ in parts) < rows / 2 or any(how == "mean" for _, how in parts):
        return None
    seen = [step for step in vitals.steps if step.loss is not None][:SOON]
    for step in seen[1:]:
        now, start = step.loss or 0.0, seen[0].loss or 0.0
        if not isfinite(now) or now > BLOWN * abs(start):
            return Finding(
                "loss-reduction",
                "critical",
                0.85,
                "loss",
                f"The loss adds up all {rows} examples of a batch, each with its whole weight, and the steps follow "
                f"its size: it was {shown(start)} at step {seen[0].number} and {shown(now)} at step {step.number}.",
                "Take the mean instead of the sum, and the learning rate that suits one example.",
                step.number,
            )
    return None


def _first(vitals: Vitals) -> StepVitals | None:
    return next((step for step in looked_at(vitals) if step.batch is not None and step.loss is not None), None)


def _rows(step: StepVitals) -> int:
    targets = step.batch.targets if step.batch else None
    if targets is None or not targets.shape:
        return 0
    rows = targets.shape[0]
    return rows * (targets.shape[1] if len(targets.shape) == 2 and "int" in targets.dtype else 1)


def _broadcast(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape in which torch would compare these, or None.

    >>> _broadcast((8, 1), (8,)), _broadcast((8, 1), (8, 1)), _broadcast((8, 3), (8,))
    ((8, 8), (8, 1), None)
    """
    size = max(len(one), len(two))
    pairs = zip((1,) * (size - len(one)) + one, (1,) * (size - len(two)) + two, strict=True)
    shape = []
    for a, b in pairs:
        if a != b and 1 not in (a, b):
            return None
        shape.append(max(a, b))
    return tuple(shape)
