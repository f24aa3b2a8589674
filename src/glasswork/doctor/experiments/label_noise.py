"""How many labels contradict what the other rows say?

Copies are trained on one half of the kept rows and asked about the other, so that every row is judged by a model that
has not seen it. A row is suspicious where another class is more probable than is usual for that class (confident
learning), and where a judge of another kind, nearness to other rows, says the same class.

Figures of the probe ``label-noise``: ``rows``; ``suspicious``: how many; ``share`` of the rows, where the copies
learned enough to be trusted; ``correct``: fraction that was predicted right out of sample; ``sure_and_wrong``:
fraction of wrong ones at a probability above 0.9; ``tail``: mean loss of the worst 5 % over the median loss.
Source: Northcutt, Jiang & Chuang 2021, "Confident Learning", section 3.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from glasswork.doctor.experiments.simple import columns, folds, kinds_of, nearness, ridge_scores
from glasswork.doctor.experiments.subject import Clock, Subject, aside, joined, trained, twin
from glasswork.doctor.vitals import Probe

__all__ = ["label_noise"]

STEPS = 200
BATCHES = 4  # at the least
TRUSTED = 0.45  # right out of sample at the least: copies that learned little say nothing about labels


def label_noise(subject: Subject, budget: float) -> Probe:
    """Judge every kept row by a copy that was trained on the others; classes with one score each only."""
    clock = Clock(budget)
    batches = subject.clean if len(subject.clean) >= BATCHES else subject.batches
    both = joined(batches)
    kinds = None if both is None or both[1].is_floating_point() else kinds_of(both[1])
    if both is None or kinds is None or len(batches) < BATCHES:
        return Probe("label-noise", clock.seconds)
    with aside(subject):
        halves = batches[::2], batches[1::2]
        scores, labels = [], []
        for learned, asked in (halves, halves[::-1]):
            model, optimizer = twin(subject, fresh=True)
            half = Clock(budget / 2)
            trained(subject, model, optimizer, learned, steps=STEPS, clock=half)
            model.eval()
            with torch.no_grad():
                outputs = [model(*batch.inputs, **batch.named) for batch in asked]
            if not all(isinstance(o, Tensor) and o.dim() == 2 and o.shape[1] > 1 for o in outputs):
                return Probe("label-noise", clock.seconds)
            scores += outputs
            labels += [batch.targets for batch in asked]
        asked_batches = [*halves[1], *halves[0]]
        simple = _simple(joined(asked_batches))
    return Probe("label-noise", clock.seconds, _figures(torch.cat(scores), torch.cat(labels).long(), simple))


def _simple(both: tuple[Tensor, Tensor] | None) -> Tensor:
    """Return what nearness to other rows says of each row, by kernel ridge regression, out of sample."""
    inputs, labels = both if both is not None else (torch.zeros(0), torch.zeros(0))
    values = one_hot(labels.long()).double()
    return ridge_scores(nearness(columns(inputs)), values, folds(len(values))).argmax(1)


def _figures(scores: Tensor, labels: Tensor, simple: Tensor) -> dict[str, float]:
    if not bool(scores.isfinite().all()) or int(labels.max()) >= scores.shape[1] or int(labels.min()) < 0:
        return {}
    simplex = bool((scores >= 0).all()) and bool(torch.allclose(scores.sum(1), torch.ones(len(scores)), atol=1e-3))
    chances = scores if simplex else scores.softmax(1)
    own = chances.gather(1, labels[:, None])[:, 0]
    usual = torch.tensor(
        [float(own[labels == k].mean()) if bool((labels == k).any()) else 2.0 for k in range(scores.shape[1])]
    )
    counted = torch.where(chances >= usual, chances, torch.zeros(()))
    best, said = counted.max(1)
    # Two judges of different kind must agree on another class: what is merely hard, each gets wrong in its own way.
    suspicious = (best > 0) & (said != labels) & (said == simple)
    wrong = chances.argmax(1) != labels
    losses = -own.clamp(min=1e-12).log()
    worst = losses.topk(max(len(losses) // 20, 1)).values.mean()
    correct = float((~wrong).float().mean())
    common = float(labels.bincount().max()) / len(labels)
    figures = {
        "rows": float(len(labels)),
        "suspicious": float(suspicious.sum()),
        "correct": correct,
        "sure_and_wrong": float((wrong & (chances.amax(1) > 0.9)).float().mean()),
        "tail": float(worst / losses.median().clamp(min=1e-6)),
    }
    if correct > max(TRUSTED, 1.5 * common):
        figures["share"] = float(suspicious.float().mean())
    return figures
