"""Would the model learn better if its inputs were standardised?

Figures of the probe ``scaled-inputs``: ``as_it_is`` and ``scaled``: the loss after ``steps`` steps from the first
weights, on the inputs as they are and standardised by column (channel); ``first``: the loss before, as they are. No
figures where the first input is no floating tensor, or where the first weights were not kept.
Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.3.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from glasswork.doctor.experiments.subject import Clock, KeptBatch, Subject, aside, joined, judged, trained, twin
from glasswork.doctor.vitals import Probe

__all__ = ["scaled_inputs"]

STEPS = 40


def scaled_inputs(subject: Subject, budget: float) -> Probe:
    """Train two copies from the first weights: on the inputs as they are, and standardised."""
    clock = Clock(budget)
    both = joined(subject.batches)
    if both is None or not both[0].is_floating_point() or subject.start is None:
        return Probe("scaled-inputs", clock.seconds)
    with aside(subject):
        scaled = _scaled(subject.batches, both[0])
        figures: dict[str, float] = {}
        for name, batches in (("as_it_is", subject.batches), ("scaled", scaled)):
            model, optimizer = twin(subject, fresh=True)
            figures.setdefault("first", judged(subject, model, batches))
            figures["steps"] = float(trained(subject, model, optimizer, batches, steps=STEPS, clock=clock))
            figures[name] = judged(subject, model, batches)
    return Probe("scaled-inputs", clock.seconds, figures)


def _scaled(batches: list[KeptBatch], inputs: Tensor) -> list[KeptBatch]:
    # The features are the channels of pictures (N, C, H, W), else the last dimension.
    feature = 1 if inputs.dim() >= 4 else inputs.dim() - 1
    over = [d for d in range(inputs.dim()) if d != feature]
    std, mean = torch.std_mean(inputs, over, keepdim=True)
    std = torch.where(std > 0, std, 1.0)

    def scaled(x: Tensor) -> Tensor:
        return (x - mean.to(x.device)) / std.to(x.device)

    def scale(batch: KeptBatch) -> KeptBatch:
        if batch.inputs:
            return replace(batch, inputs=(scaled(batch.inputs[0]), *batch.inputs[1:]))
        name = next(iter(batch.named))
        return replace(batch, named={**batch.named, name: scaled(batch.named[name])})

    return [scale(batch) for batch in batches]
