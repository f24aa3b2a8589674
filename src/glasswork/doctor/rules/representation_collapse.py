"""A network that says the same about everything.

Looks at:     how much the outputs differ between the rows of a batch, whether inputs and targets do, and the
              effective rank of hidden layers.
Fires when:   in TIMES sampled steps in a row, from step FIRST on, outputs differ by less than SAME of their size
              although inputs and targets differ; or a hidden layer's rank has fallen below LOST of its first and
              below FEW while nothing has been learned.
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

from glasswork.doctor.rules._anatomy import weighted
from glasswork.doctor.rules._data import size_of
from glasswork.doctor.rules._history import looked_at, remaining, shown
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["representation_collapse"]

TIMES = 4
FIRST = 10
SAME = 1e-4
VARIED = 1e-2
LOST = 0.25
FEW = 1.5
WIDE = 6.0  # first rank, below which there is little to lose
STUCK = 0.95
LATE = 40  # features are often lost and found again in the first steps
ADVICE = "Lower the learning rate and the weight decay, scale the inputs, add norm layers; look for dead units."


def representation_collapse(vitals: Vitals) -> Iterator[Finding]:
    """Yield that outputs, else a hidden layer, no longer depend on the input."""
    if len(vitals.optimizers) > 1:
        return
    found = _outputs(vitals) or _rank(vitals)
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
                    return Finding(
                        "representation-collapse",
                        "warning",
                        0.65,
                        layer.name,
                        f"The effective rank of {layer.name} has fallen from {shown(ranks[0][1])} to {shown(rank)} "
                        "by step "
                        f"{number}, and the loss is at {left:.0%} of that of guessing.",
                        ADVICE,
                        number,
                    )
    return None
