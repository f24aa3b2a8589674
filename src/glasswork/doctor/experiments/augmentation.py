"""Does the augmentation leave anything of the data?

Figures of the probe ``augmentation``: ``similarity``: cosine between clean and augmented inputs, both centred, mean
over rows; ``clean`` and ``augmented``: fraction that the model has right (without classes: 1 minus its loss over that
of the best constant output); ``chance``: of always saying the commonest class. Where the clean batches are not
known, held-out ones stand for them: ``apart``: balanced accuracy of a simple model that tells held-out inputs from
training inputs, on rows it was not fitted on; ``clean`` and ``augmented``: R2 of simple models within the held-out and
within as many training rows, on rows they were not fitted on.
Source: Ben Braiek & Khomh 2023, TheDeepChecker, likeness below 0.95.
"""

from __future__ import annotations

import copy

import torch
from torch.nn.functional import cosine_similarity

from glasswork.doctor.experiments.one_batch import flat_loss
from glasswork.doctor.experiments.simple import added, columns, explained, folds, ridge_scores, wide
from glasswork.doctor.experiments.subject import Clock, Subject, aside, joined, judged, right_share
from glasswork.doctor.vitals import Probe

__all__ = ["augmentation"]

LEAST_ROWS, MOST_ROWS = 40, 128
WIDTH = 128  # columns


def augmentation(subject: Subject, budget: float) -> Probe:
    """Compare inputs and answers with and without augmentation; `budget` is not needed: two passes."""
    clock = Clock(budget)
    clean, varied = joined(subject.clean), joined(subject.batches[: len(subject.clean)])
    if clean is None and subject.held_out:
        figures = _against_held_out(subject)
        return Probe("augmentation", clock.seconds, figures)
    if clean is None or varied is None or clean[0].shape != varied[0].shape or not clean[0].is_floating_point():
        return Probe("augmentation", clock.seconds)
    batches = subject.batches[: len(subject.clean)]
    with aside(subject), torch.no_grad():
        model = copy.deepcopy(subject.model).eval()
        centre = clean[0].mean(0)
        alike = cosine_similarity((clean[0] - centre).flatten(1), (varied[0] - centre).flatten(1)).mean()
        figures = {"similarity": float(alike), "chance": 0.0}
        right = right_share(model, subject.clean), right_share(model, batches)
        if right[0] is not None and right[1] is not None:
            figures |= {"clean": right[0], "augmented": right[1]}
            figures["chance"] = float(clean[1].unique(return_counts=True)[1].max()) / len(clean[1])
        else:
            with torch.enable_grad():
                flat = flat_loss(subject, subject.clean[0])
            if flat:
                figures["clean"] = 1 - judged(subject, model, subject.clean) / flat
                figures["augmented"] = 1 - judged(subject, model, batches) / flat
    return Probe("augmentation", clock.seconds, figures)


def _against_held_out(subject: Subject) -> dict[str, float]:
    """Compare training rows with held-out ones, which are seldom augmented: their inputs, and what these tell."""
    held, learned = joined(subject.held_out), joined(subject.batches)
    held = None if held is None else added((held[0][:1], held[1][:1]), held)  # asked about again and again
    if held is None or learned is None or held[0].shape[1:] != learned[0].shape[1:]:
        return {}
    if not held[0].is_floating_point() or min(len(held[0]), len(learned[0])) < LEAST_ROWS:
        return {}
    rows = min(len(held[0]), len(learned[0]), MOST_ROWS)
    with aside(subject):
        inputs = [both[0][torch.randperm(len(both[0]))[:rows]] for both in (held, learned)]
        flat = columns(torch.cat(inputs), WIDTH)
        side = torch.ones(2 * rows, 1, dtype=torch.double)
        side[rows:] = -1
        bent = torch.cat([flat, flat.abs()], 1)  # a spread that differs is a size that differs
        figures = {"apart": float((ridge_scores(bent, side, folds(2 * rows)).sign() == side).double().mean())}
        for name, both in (("clean", held), ("augmented", learned)):
            targets = wide(both[1][:rows])
            if targets is not None:
                figures[name] = explained(columns(both[0][:rows]), targets)
    return figures
