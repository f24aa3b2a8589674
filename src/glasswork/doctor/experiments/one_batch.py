"""Can the model learn a few rows by heart?

A network that cannot has a mistake in code, loss or labels, or too little capacity; one that can, and still does not
learn, has a problem of optimization or data.

Figures of the probe ``one-batch``: ``rows``; ``steps`` that were taken; ``first`` and ``last`` loss, ``ratio`` of the
last to the first, ``least`` on the way; ``flat``: the loss of the best output that is the same for every row, found
likewise; ``correct``: fraction of rows whose class has the greatest output at the end, where there are classes.
Source: Karpathy 2019, "A Recipe for Training Neural Networks"; Ben Braiek & Khomh 2023, TheDeepChecker, 16 rows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.doctor.experiments.subject import Clock, KeptBatch, Subject, aside, judged, right_share, trained, twin
from glasswork.doctor.vitals import Probe

__all__ = ["flat_loss", "one_batch"]

ROWS = 16
STEPS = 300
RATE = 3e-3  # of Adam: right within a factor of ten for nearly every network of usual initialization
PIECE = 25  # steps between two looks at the loss
ENOUGH = 100  # steps after which a loss that has not fallen means something
LEARNED = 0.01  # of the first loss


def one_batch(subject: Subject, budget: float) -> Probe:
    """Train a copy on the same few rows by Adam, whatever the script's own optimizer is."""
    clock = Clock(budget)
    with aside(subject):
        few = _few(subject.batches[0])
        model, _ = twin(subject, fresh=True)
        weights = [p for p in model.parameters() if p.requires_grad]
        first = least = last = judged(subject, model, [few])
        taken = 0
        if weights:
            optimizer = torch.optim.Adam(weights, lr=RATE)
            while taken < STEPS and not clock.over:
                taken += (done := trained(subject, model, optimizer, [few], steps=PIECE, clock=clock))
                last = judged(subject, model, [few])
                least = min(least, last)
                if done < PIECE or last < LEARNED * first:
                    break
        if taken < ENOUGH and clock.over and not last < LEARNED * first:
            return Probe("one-batch", clock.seconds)  # the time was too short to tell
        flat, correct = flat_loss(subject, few), right_share(model, [few])
    figures = {"rows": float(len(few)), "steps": float(taken), "first": first, "last": last, "least": least}
    figures["ratio"] = last / max(first, 1e-12)
    if correct is not None:
        figures["correct"] = correct
    return Probe("one-batch", clock.seconds, figures | ({} if flat is None else {"flat": flat}))


def _few(batch: KeptBatch) -> KeptBatch:
    def cut(value: object) -> object:
        return value[:ROWS] if isinstance(value, Tensor) and value.dim() and len(value) == len(batch) else value

    named = {name: cut(value) for name, value in batch.named.items()}
    return KeptBatch(tuple(cut(value) for value in batch.inputs), batch.targets[:ROWS], named)


def flat_loss(subject: Subject, few: KeptBatch) -> float | None:
    """Return the least loss that one and the same output for every row can reach; None where outputs are no tensor."""
    model, _ = twin(subject, fresh=True)
    with torch.no_grad():
        outputs = model(*few.inputs, **few.named)
    if not isinstance(outputs, Tensor) or not outputs.is_floating_point() or len(outputs) != len(few):
        return None
    row = outputs.mean(0, keepdim=True).nan_to_num().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([row], max_iter=50, line_search_fn="strong_wolfe")

    def again() -> Tensor:
        optimizer.zero_grad()
        loss = subject.loss(row.expand_as(outputs), few.targets)
        loss.backward()
        return loss

    try:
        optimizer.step(again)
    except RuntimeError:
        return None
    with torch.no_grad():
        return float(subject.loss(row.expand_as(outputs), few.targets))
