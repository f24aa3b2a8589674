"""What is the loss before anything was learned?

Figures of the probe ``first-loss``: ``loss``: of the first weights on the kept batches; ``flat``: that of the best
output that is the same for every row; ``low``, ``high``, ``std``: of the outputs; ``classes``: as many as the targets
have, 0 for values.
Source: Karpathy 2019, "A Recipe for Training Neural Networks" ("verify loss @ init").
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.doctor.experiments.one_batch import flat_loss
from glasswork.doctor.experiments.simple import kinds_of
from glasswork.doctor.experiments.subject import Clock, Subject, aside, joined, judged, twin
from glasswork.doctor.vitals import Probe

__all__ = ["first_loss"]


def first_loss(subject: Subject, budget: float) -> Probe:
    """Judge the first weights, and the best constant output; `budget` is not needed: a pass."""
    clock = Clock(budget)
    with aside(subject):
        model, _ = twin(subject, fresh=True)
        figures = {"loss": judged(subject, model, subject.batches)}
        flat = flat_loss(subject, subject.batches[0])
        if flat is not None:
            figures["flat"] = flat
        with torch.no_grad():
            outputs = model(*subject.batches[0].inputs, **subject.batches[0].named)
        if isinstance(outputs, Tensor) and outputs.is_floating_point() and outputs.numel() > 1:
            figures |= {"low": float(outputs.min()), "high": float(outputs.max()), "std": float(outputs.std())}
        both = joined(subject.batches)
        kinds = None if both is None else kinds_of(both[1])
        figures["classes"] = 0.0 if kinds is None else float(kinds.max()) + 1
    return Probe("first-loss", clock.seconds, figures)
