"""A network that says the same about everything.

Looks at:     how much the outputs differ between the rows of a batch, whether inputs and targets do, and the
              effective rank of hidden layers.
Fires when:   in TIMES sampled steps in a row, from step FIRST on, outputs differ by less than SAME of their size
              although inputs and targets differ; or a layer with several inputs and outputs gives a single direction
              (rank ONE), or one with one or two outputs is given a single one (rank EXACTLY), whenever it is looked at,
              though what comes before it has many; or, without fixed targets (a loss written by hand, or of two
              outputs, where both shrink), the outputs of different rows have come together to SHRUNK of their first
              distance, TWICE, while the loss fell below GAINED; or, where views are compared with each other (the
              network is run TWICE a step, and there are no targets), the outputs, WIDE and of a rank of MANY at first,
              come to lie on one line for good; or, where the loss has further parts, what the network gives back of its
              inputs varies by less than PALE of what they do, or its scores by less than MUTE, and by less than HALVED
              of what they did at first; or a hidden layer's rank has fallen below LOST of its first
              and below FEW while nothing has been learned. A rank that has come back since, or a loss that has come
              down to PAST, makes it a note: networks that begin by saying the mean pass through one direction.
Why it hurts: the answer no longer depends on the question; gradients can hardly tell examples apart any more.
Try first:    a lower learning rate, less weight decay, scaled inputs, a norm layer; dead units are a usual cause.
Can be wrong: when the last layer starts at 0, all outputs are equal at first; hence the wait. Where targets are
              nearly one number, so are sound outputs.
Source:       torchmortem (rank halves); Jing et al. 2022 on collapse. SAME: rounding of float32 is 1e-7, sound
              outputs differ by about their own size.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from glasswork.doctor.rules._anatomy import matrix, ordered, weighted
from glasswork.doctor.rules._data import size_of
from glasswork.doctor.rules._history import came_down, course, longest_phase, looked_at, main_loss, remaining, shown
from glasswork.doctor.vitals import BatchVitals, StepVitals, TensorVitals, Vitals
from glasswork.records import Finding

__all__ = ["representation_collapse"]

TIMES = 4
VIEWS = 4  # of one row, at most
TWICE = 2  # sampled steps in a row: on a busy machine there are few, and they lie far apart
FIRST = 10
SAME = 1e-4
VARIED = 1e-2
SHRUNK = 0.1
GAINED = 0.01  # of the first loss
ENOUGH = 4  # rows
ONE = 1.01
LOOKS = 2
MANY = 2.0
BROAD = 5  # inputs of a layer: of fewer units, one alone that speaks is no wonder
SEVERAL = 3  # inputs and outputs: with fewer there is little to lose
EXACTLY = 1.0001  # of what a layer with one or two outputs is given
LOST = 0.25
FEW = 1.5
WIDE = 6.0  # first rank, below which there is little to lose
STUCK = 0.95
PAST = 0.75  # of the loss of guessing: so much has been learned since
PALE = 0.15
MUTE = 0.1  # scores: shares of classes then differ by a tenth of themselves
HALVED = 0.5
RIGHT = 0.5  # of the answers
LATE = 40  # features are often lost and found again in the first steps
ADVICE = "Lower the learning rate and the weight decay, scale the inputs, add norm layers; look for dead units."


def representation_collapse(vitals: Vitals) -> Iterator[Finding]:
    """Yield that outputs, else a hidden layer, no longer depend on the input."""
    vitals = longest_phase(vitals)
    if len(vitals.optimizers) > 1:
        return
    found = _flat(vitals) or _outputs(vitals) or _point(vitals) or _line(vitals) or _drowned(vitals) or _rank(vitals)
    if found:
        yield found


def _outputs(vitals: Vitals) -> Finding | None:
    row = 0
    for step in looked_at(vitals):
        spread = _spread(step)
        if spread is None or step.number < FIRST:
            continue
        row = row + 1 if spread < SAME else 0
        if row == TIMES:
            return Finding(
                "representation-collapse",
                "critical",
                0.8,
                "model",
                f"At step {step.number}, and in the {TIMES - 1} sampled steps before, the outputs are the same for "
                "every row of "
                f"the batch (largest difference {spread:.1g} of their size), though inputs and targets differ.",
                ADVICE,
                step.number,
            )
    return None


def _point(vitals: Vitals) -> Finding | None:
    """Return the finding for vectors that are drawn together without end, and nothing else is asked of them."""
    loss, seen = main_loss(vitals), course(vitals)
    if loss is None or len(vitals.losses) != 1 or not len(seen) or seen.start <= 0:
        return None
    firsts: dict[str, float] = {}
    row = 0
    for step in looked_at(vitals):
        batch = step.batch
        if (
            batch is None
            or batch.outputs is None
            or not all((x.rows_alike or 0) > VARIED for x in batch.inputs.values())
        ):
            continue
        shape = batch.outputs.shape
        if len(shape) != 2 or shape[0] < ENOUGH or shape[1] < SEVERAL or not batch.inputs or step.loss is None:
            continue
        left = _left(batch.outputs, "outputs", firsts)
        # Two views of one batch are compared: what stands for targets is an output as well, and shrinks with it.
        fixed = loss.name != "custom" if batch.targets is None else _fixed(batch.targets, shape, firsts)
        row = row + 1 if left is not None and left < SHRUNK and not fixed and step.loss < GAINED * seen.start else 0
        if row == TWICE:
            return Finding(
                "representation-collapse",
                "warning",
                0.75,
                "model",
                f"By step {step.number} the outputs for different rows have come together to {left or 0:.1%} of their "
                f"first distance, and the loss has fallen from {shown(seen.start)} to {shown(step.loss)}: one "
                "answer for everything satisfies it.",
                "Let the loss push something apart as well: negative pairs, a predictor with stop-gradient, variance.",
                step.number,
            )
    return None


def _line(vitals: Vitals) -> Finding | None:
    """Return the finding for vectors of several views that are compared with each other and come to lie on one line."""
    sampled = [step for step in looked_at(vitals) if step.layers]
    if any(s.backwards != 1 or (s.batch is not None and _has_targets(s.batch)) for s in sampled):
        return None
    for model in vitals.models.values():
        last = next(reversed(weighted(model)), None)
        if last is None or not (last.units or 0) >= WIDE:
            continue
        if not (TWICE <= last.runs <= VIEWS or (last.last and TWICE <= model.calls <= VIEWS)):
            continue
        ranks = [(s.number, s.layers[last.name].rank) for s in sampled if last.name in s.layers]
        known = [(number, rank) for number, rank in ranks if rank is not None]
        if len(known) < TWICE + 1 or known[0][1] < MANY:
            continue
        for place in range(TWICE, len(known) + 1):
            number, rank = known[place - 1]
            if number > FIRST and all(now < min(FEW, LOST * known[0][1]) for _, now in known[place - TWICE :]):
                return Finding(
                    "representation-collapse",
                    "warning",
                    0.8,
                    last.name,
                    f"By step {number} the {last.units} outputs of {last.name} have come to lie on one line (effective "
                    f"rank {shown(rank)}; {shown(known[0][1])} at first): they all say the same, which is an easy way "
                    "to make views of one row alike.",
                    "Let the loss push something apart as well: decorrelate the outputs, negative pairs, variance.",
                    number,
                )
    return None


def _has_targets(batch: BatchVitals) -> bool:
    """Return whether a batch's outputs are compared with anything but another view's outputs."""
    targets, outputs = batch.targets, batch.outputs
    if batch.correct is not None or batch.baseline_loss is not None or targets is None or outputs is None:
        return targets is not None or batch.correct is not None
    return targets.shape != outputs.shape or any(x.shape == targets.shape for x in batch.inputs.values())


def _drowned(vitals: Vitals) -> Finding | None:
    """Return the finding for answers that fade because another part of the loss asks for nothing else."""
    first, row, found = None, 0, None
    for step in looked_at(vitals):
        batch = step.batch
        if batch is None or batch.baseline_loss is not None or batch.outputs is None or batch.targets is None:
            continue
        now, most = batch.outputs.std, _asked_for(batch)
        if now is None or most is None:
            continue
        first = now if first is None else first
        row = row + 1 if step.number >= LATE and now < min(most, HALVED * first) else 0
        if row == 0:
            found = None
        elif row == TIMES:
            found = Finding(
                "representation-collapse",
                "warning",
                0.75,
                "loss",
                f"At step {step.number}, and in the {TIMES - 1} sampled steps before, the outputs vary by {shown(now)} "
                f"(by {shown(first)} at first), where answers that differ from row to row would by more than "
                f"{shown(most)}: another part of the loss outweighs the task.",
                "Give the penalty or the divergence in the loss less weight, or let its weight grow from 0.",
                step.number,
            )
    return found


def _asked_for(batch: BatchVitals) -> float | None:
    """Return the deviation below which outputs say next to nothing; None where that is not known."""
    outputs, targets = batch.outputs, batch.targets
    if outputs is None or targets is None or not targets.std:
        return None
    if "int" in targets.dtype:
        wrong = batch.correct is not None and batch.correct < RIGHT
        return MUTE if wrong and len(outputs.shape) == 2 and outputs.shape[1] >= SEVERAL else None
    same = any(
        x.shape == targets.shape and x.mean == targets.mean and x.std == targets.std for x in batch.inputs.values()
    )
    return PALE * targets.std if same and outputs.shape == targets.shape else None


def _fixed(targets: TensorVitals, shape: tuple[int, ...], firsts: dict[str, float]) -> bool:
    left = _left(targets, "targets", firsts) if targets.shape == shape or len(targets.shape) != 2 else None
    return left is None or left > SHRUNK


def _left(tensor: TensorVitals, name: str, firsts: dict[str, float]) -> float | None:
    """Return how far its rows lie apart, as a part of what it was at first."""
    if tensor.rows_alike is None or tensor.std is None:
        return None
    spread = tensor.rows_alike * tensor.std
    first = firsts.setdefault(name, spread)
    return spread / first if first else None


def _flat(vitals: Vitals) -> Finding | None:
    """Return the finding for a layer all of whose inputs have said the same from the first look on."""
    for model in vitals.models.values():
        layers = ordered(model)
        for layer in weighted(model):
            weight = matrix(model, layer.name)
            wide = weight is not None and (weight.fan_in or 0) >= BROAD
            few = weight is not None and weight.shape[0] < SEVERAL
            looks = [
                (s, s.layers[layer.name].given_rank if few else s.layers[layer.name].rank)
                for s in looked_at(vitals)
                if layer.name in s.layers
            ]
            known = [(step, rank) for step, rank in looks if rank is not None]
            if layer.family != "linear" or not wide or len(known) < LOOKS:
                continue
            earlier = [x.name for x in layers if x.order is not None and x.order < (layer.order or 0)]
            rich = [
                name
                for name in earlier
                if all((s.layers[name].rank or 0) > MANY for s, _ in known[:LOOKS] if name in s.layers)
                and any(name in s.layers and s.layers[name].rank is not None for s, _ in known[:LOOKS])
            ]
            if rich and all(0 < rank < (EXACTLY if few else ONE) for _, rank in known[:LOOKS]):
                step, where = known[LOOKS - 1][0], earlier[-1]
                well = came_down(vitals, step.number, to=0.3) or came_down(vitals, FIRST, to=0.1)
                before = step.layers[rich[-1]].rank or 0.0
                return Finding(
                    "representation-collapse",
                    "note" if well else "critical",
                    0.9,
                    where,
                    f"What reaches {layer.name} has one direction (effective rank {shown(known[0][1])} at step "
                    f"{known[0][0].number}, {shown(known[LOOKS - 1][1])} at step {step.number}), where {rich[-1]} "
                    f"before it has {shown(before)}: its {weight.fan_in if weight else 0} inputs all say the same.",
                    f"Look between {rich[-1]} and {layer.name} for a mean, a sum or an expand over the units.",
                    step.number,
                )
    return None


def _spread(step: StepVitals) -> float | None:
    """Return the largest difference between two rows' outputs against their size, where inputs and targets differ."""
    batch = step.batch
    outputs, targets = (batch.outputs, batch.targets) if batch else (None, None)
    if batch is None or outputs is None or targets is None or outputs.rows_alike is None or outputs.std is None:
        return None
    size = size_of(outputs)
    if not size or len(outputs.shape) < 2 or outputs.shape[0] < 4 or (targets.std or 0) == 0:
        return None
    tensors = [*batch.inputs.values(), *batch.tokens.values()]
    if not any((tensor.rows_alike or 0) > VARIED for tensor in tensors):
        return None
    return outputs.rows_alike * outputs.std / size


def _rank(vitals: Vitals) -> Finding | None:
    for model in vitals.models.values():
        for layer in weighted(model):
            if layer.last:
                continue
            ranks = [
                (step.number, seen.rank)
                for step in looked_at(vitals)
                if (seen := step.layers.get(layer.name)) is not None and seen.rank is not None
            ]
            if len(ranks) < 2 or ranks[0][1] < WIDE:
                continue
            for (_, before), (number, rank) in pairwise(ranks):
                left = remaining(vitals, number, first=FIRST)
                lost = max(rank, before) < min(LOST * ranks[0][1], FEW) and number >= LATE
                if lost and left is not None and left > STUCK:
                    last = median(rank for _, rank in ranks[-LOOKS:])
                    back = last > max(FEW, before) or ranks[-1][1] > LOST * ranks[0][1]
                    return Finding(
                        "representation-collapse",
                        "note" if back or _past(vitals, number) else "warning",
                        0.65,
                        layer.name,
                        f"The effective rank of {layer.name} has fallen from {shown(ranks[0][1])} to {shown(rank)} "
                        "by step "
                        f"{number}, and the loss is at {left:.0%} of that of guessing.",
                        ADVICE,
                        number,
                    )
    return None


def _past(vitals: Vitals, number: int) -> bool:
    """Return whether the network has left that state and learned since, though it may need few directions for it."""
    return came_down(vitals, number, to=PAST, by=PAST + 0.05)
