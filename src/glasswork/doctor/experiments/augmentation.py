"""Does the augmentation leave anything of the data?

Figures of the probe ``augmentation``: ``similarity``: cosine between clean and augmented inputs, both centred, mean
over rows; ``clean`` and ``augmented``: fraction that the model has right (without classes: 1 minus its loss over that
of the best constant output); ``chance``: of always saying the commonest class. None where clean batches are not
known.
Source: Ben Braiek & Khomh 2023, TheDeepChecker, likeness below 0.95.
"""

from __future__ import annotations

import copy

import torch
from torch.nn.functional import cosine_similarity

from glasswork.doctor.experiments.one_batch import flat_loss
from glasswork.doctor.experiments.subject import Clock, Subject, aside, joined, judged, right_share
from glasswork.doctor.vitals import Probe

__all__ = ["augmentation"]


def augmentation(subject: Subject, budget: float) -> Probe:
    """Compare inputs and answers with and without augmentation; `budget` is not needed: two passes."""
    clock = Clock(budget)
    clean, varied = joined(subject.clean), joined(subject.batches[: len(subject.clean)])
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
