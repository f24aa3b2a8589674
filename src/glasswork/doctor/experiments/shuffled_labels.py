"""Do the inputs say anything about the targets?

Two simple models, ridge regression on the columns and on nearness to other rows (a Gaussian kernel), are scored on
rows that they were not fitted on, with the targets as they are and with shuffled ones: where the true score lies
among the shuffled ones, they find nothing. Neither must the script's own model: it is trained on the kept batches,
with their targets and with shuffled ones, and judged on held-out batches.

Figures of the probe ``shuffled-labels``: ``score``: out-of-sample R2 of the better simple model; ``chance``: its mean
over ``tries`` shuffles, ``spread`` their standard deviation; ``p``: share of the shuffles that score as well, to
within 0.05, 0 where the own model does better on true targets by a fifth of its loss; ``rows``; where there are
held-out batches ``own`` and ``own_shuffled``: the model's loss there after training on true and on shuffled targets.
Source: Ojala & Garriga 2010, "Permutation Tests for Studying Classifier Performance".
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from glasswork.doctor.experiments.simple import columns, folds, kinds_of, nearness, ridge_scores
from glasswork.doctor.experiments.subject import Clock, KeptBatch, Subject, aside, joined, judged, trained, twin
from glasswork.doctor.vitals import Probe

__all__ = ["shuffled_labels"]

LEAST_ROWS = 40
TRIES = 19  # with the true one, twenty: above all of them by chance in 5 % of the cases
STEPS = 60
AS_WELL = 0.05  # R2 that is too little to speak of, whether by chance or not
BETTER = 0.8  # of the loss after shuffled targets: the own model has learned what holds elsewhere, too


def shuffled_labels(subject: Subject, budget: float) -> Probe:
    """Score simple models, and the model itself, on true and shuffled targets."""
    clock = Clock(budget)
    both = joined(subject.clean or subject.batches)
    y = None if both is None else _wide(both[1])
    if both is None or y is None or len(y) < LEAST_ROWS:
        return Probe("shuffled-labels", clock.seconds)
    with aside(subject):
        flat = columns(both[0])
        looks = [flat, nearness(flat)]
        parts = folds(len(y))
        true = [_r2(ridge_scores(x, y, parts), y) for x in looks]
        shuffled: list[list[float]] = []
        while len(shuffled) < TRIES and (not shuffled or clock.seconds < budget / 2):
            mixed = y[torch.randperm(len(y))]
            shuffled.append([_r2(ridge_scores(x, mixed, parts), mixed) for x in looks])
        by_chance = torch.tensor(shuffled)
        # Each look against its own shuffles; the one that finds more decides.
        worse = [float((by_chance[:, look] + AS_WELL >= true[look]).double().mean()) for look in range(len(looks))]
        look = min(range(len(looks)), key=lambda i: (worse[i], -true[i]))
        figures = {"score": true[look], "chance": float(by_chance[:, look].mean()), "p": worse[look]}
        figures |= {"spread": float(by_chance[:, look].std(unbiased=False)), "tries": float(len(shuffled))}
        figures["rows"] = float(len(y))
        if subject.held_out and not clock.over:
            figures |= _own(subject, clock)
            if figures["own"] < BETTER * figures["own_shuffled"]:
                figures["p"] = 0.0
    return Probe("shuffled-labels", clock.seconds, figures)


def _own(subject: Subject, clock: Clock) -> dict[str, float]:
    mixed = [KeptBatch(b.inputs, b.targets[torch.randperm(len(b))], b.named) for b in subject.batches]
    figures = {}
    for name, batches in (("own", subject.batches), ("own_shuffled", mixed)):
        half = Clock(clock.left / 2 if name == "own" else clock.left)
        model, optimizer = twin(subject, fresh=True)
        trained(subject, model, optimizer, batches, steps=STEPS, clock=half)
        figures[name] = judged(subject, model.eval(), subject.held_out)
    return figures


def _wide(targets: Tensor) -> Tensor | None:
    """Return targets as columns of numbers: classes as indicators."""
    kinds = kinds_of(targets)
    if kinds is not None:
        return one_hot(kinds).double()
    if targets.is_floating_point() and targets.isfinite().all():
        return targets.flatten(1).double()[:, :64] if targets.dim() > 1 else targets.double()[:, None]
    return None


def _r2(said: Tensor, y: Tensor) -> float:
    return float(1 - ((said - y) ** 2).sum() / ((y - y.mean(0)) ** 2).sum().clamp(min=1e-12))
