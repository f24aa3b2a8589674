"""Do the inputs say anything about the targets?

Two simple models, ridge regression on the columns and on nearness to other rows (a Gaussian kernel), say the targets
of rows that they were not fitted on, with the targets as they are and with shuffled ones: where what they say goes
with the true targets no better than with shuffled ones, they find nothing. The script's own model may still: it is
then trained on the kept batches, with their targets and with shuffled ones, and judged on held-out batches.

Figures of the probe ``shuffled-labels``: ``score``: out-of-sample R2 of the better simple model; ``link``: correlation
of what it says with the targets; ``chance``: its mean over ``tries`` shuffles, ``spread`` their standard deviation;
``p``: share of the shuffles whose correlation is as great, to within NEAR deviations, 0 where the own model does better
on true targets by a fifth of its loss; ``rows``; where the simple models find nothing and there are held-out batches,
``own`` and ``own_shuffled``: the model's loss there after training on true and on shuffled targets.
Source: Ojala & Garriga 2010, "Permutation Tests for Studying Classifier Performance".
"""

from __future__ import annotations

import torch

from glasswork.doctor.experiments.simple import added, columns, folds, link, nearness, ridge_scores, score, wide
from glasswork.doctor.experiments.subject import Clock, KeptBatch, Subject, aside, joined, judged, trained, twin
from glasswork.doctor.vitals import Probe

__all__ = ["shuffled_labels"]

LEAST_ROWS, MOST_ROWS = 40, 512
TRIES = 19  # with the true one, twenty: above all of them by chance in 5 % of the cases
STEPS = 60
NEAR = 1.3  # standard deviations of the shuffles: labels that mean nothing are beyond all of them in 5 % of cases
BETTER = 0.8  # of the loss after shuffled targets: the own model has learned what holds elsewhere, too


def shuffled_labels(subject: Subject, budget: float) -> Probe:
    """Score simple models, and the model itself, on true and shuffled targets."""
    clock = Clock(budget)
    both = joined(subject.clean or subject.batches)
    both = None if both is None else added(both, joined(subject.further))
    y = None if both is None else wide(both[1])
    if both is None or y is None or len(y) < LEAST_ROWS:
        return Probe("shuffled-labels", clock.seconds)
    with aside(subject):
        y = y[:MOST_ROWS]
        flat = columns(both[0][:MOST_ROWS])
        looks = [flat, nearness(flat)]
        parts = folds(len(y))
        # The fit is linear in the targets: all shuffles are columns of one fit.
        mixed = [y, *(y[torch.randperm(len(y))] for _ in range(TRIES))]
        said = [ridge_scores(x, torch.cat(mixed, 1), parts).split(y.shape[1], 1) for x in looks]
        links = torch.tensor(
            [[link(one, asked) for one, asked in zip(of_look, mixed, strict=True)] for of_look in said]
        ).T
        true, by_chance = links[0].tolist(), links[1:]
        spread = by_chance.std(0, unbiased=False)
        # Each look against its own shuffles; the one that finds more decides.
        worse = ((by_chance + NEAR * spread) >= links[0]).double().mean(0).tolist()
        look = min(range(len(looks)), key=lambda i: (worse[i], -true[i]))
        figures = {"score": score(said[look][0], y), "link": true[look], "p": worse[look]}
        figures |= {"chance": float(by_chance[:, look].mean()), "spread": float(spread[look]), "tries": float(TRIES)}
        figures["rows"] = float(len(y))
        if figures["p"] > 0 and subject.held_out and not clock.over:
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
