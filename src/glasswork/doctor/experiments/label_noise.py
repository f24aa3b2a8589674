"""How many labels contradict what the other rows say?

Two simple models, ridge regression on the columns and on nearness to other rows, say together which class each row is,
having been fitted on other rows. Where classes merely overlap, the rows that are said most surely are said rightly.
Where labels are wrong anywhere, they are wrong among the surest rows as well, and with no class preferred.

Figures of the probe ``label-noise``: ``rows``; ``correct``: fraction said rightly out of sample; ``top``: fraction
wrong among the surest quarter; ``suspicious``: how many of the surest half are wrong; ``second``: of the wrong ones
those whose label comes second; ``classes``; ``held``: fraction wrong among the half of held-out rows of which the
script's own model is surest, where there are held-out rows; ``share``: ``top``, where all of this speaks for wrong
labels or for none, so that it can be trusted.
Source: Northcutt, Jiang & Chuang 2021, "Confident Learning", section 3: out-of-sample probabilities, the sure ones.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from glasswork.doctor.experiments.simple import columns, folds, kinds_of, nearness, ridge_scores
from glasswork.doctor.experiments.subject import Clock, Subject, aside, joined
from glasswork.doctor.vitals import Probe

__all__ = ["label_noise"]

LEAST_ROWS, MOST_ROWS = 80, 512
LEAST_CLASSES = 3  # of two, one wrong label in three and classes that overlap by a third look alike
TRUSTED = 0.35  # said rightly at the least, and ERRORS standard errors more often than by the commonest class
ERRORS = 3.0
SCATTERED = 0.25  # more than evenly spread, that wrong labels may come second
HELD = 0.1  # where the model is sure of held-out rows and right, it is the simple models that were wrong


def label_noise(subject: Subject, budget: float) -> Probe:
    """Judge every kept row by simple models that were fitted on the others; `budget` is not needed."""
    clock = Clock(budget)
    clean = sum(len(batch) for batch in subject.clean) >= LEAST_ROWS
    both = joined(subject.clean if clean else subject.batches)
    kinds = None if both is None or both[1].is_floating_point() else kinds_of(both[1])
    if both is None or kinds is None or len(kinds) < LEAST_ROWS:
        return Probe("label-noise", clock.seconds)
    with aside(subject):
        labels = kinds[:MOST_ROWS].cpu()
        values = one_hot(labels).double()
        flat, parts = columns(both[0][:MOST_ROWS].cpu()), folds(len(labels))
        scores = ridge_scores(flat, values, parts) + ridge_scores(nearness(flat), values, parts)
        figures = _figures(scores, labels)
        held = _held(subject)
    if held is not None:
        figures["held"] = held
    common = float(labels.bincount().max()) / len(labels)
    error = (common * (1 - common) / len(labels)) ** 0.5
    known = figures["correct"] > max(TRUSTED, common + ERRORS * error) and figures["classes"] >= LEAST_CLASSES
    scattered = figures["second"] < 1 / (figures["classes"] - 1) + SCATTERED
    if known and (figures["top"] < HELD or (scattered and (held is None or held > HELD))):
        figures["share"] = figures["top"]
    return Probe("label-noise", clock.seconds, figures)


def _figures(scores: Tensor, labels: Tensor) -> dict[str, float]:
    values, said = scores.topk(min(2, scores.shape[1]), 1)
    surest = (values[:, 0] - values[:, -1]).argsort(descending=True)
    wrong = said[:, 0] != labels
    second = wrong & (said[:, -1] == labels)
    quarter, half = surest[: len(labels) // 4], surest[: len(labels) // 2]
    return {
        "rows": float(len(labels)),
        "classes": float(scores.shape[1]),
        "correct": float((~wrong).double().mean()),
        "top": float(wrong[quarter].double().mean()),
        "suspicious": float(wrong[half].sum()),
        "second": float(second.sum()) / max(float(wrong.sum()), 1.0),
    }


def _held(subject: Subject) -> float | None:
    """Return how often the script's own model is wrong about the half of held-out rows that it is surest of."""
    model = copy.deepcopy(subject.model).eval()
    wrong, sure = [], []
    for batch in subject.held_out:
        with torch.no_grad():
            outputs = model(*batch.inputs, **batch.named)
        if not isinstance(outputs, Tensor) or outputs.dim() != 2 or outputs.shape[1] < LEAST_CLASSES:
            return None
        if batch.targets.shape != outputs.shape[:1] or batch.targets.is_floating_point():
            return None
        best = outputs.topk(2, 1)
        wrong.append(best.indices[:, 0] != batch.targets)
        sure.append(best.values[:, 0] - best.values[:, 1])
    if not wrong:
        return None
    order = torch.cat(sure).argsort(descending=True)
    return float(torch.cat(wrong)[order[: max(len(order) // 2, 1)]].double().mean())
