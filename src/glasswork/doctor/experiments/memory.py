"""Does what stands first in a sequence reach the output at all?

The outputs of a copy are differentiated by what its first recurrent layer was given. Where the derivative by the first
tenth of the rounds is nothing beside that by the others, no gradient tells the network what stood there.

Figures of the probe ``memory``: ``rounds``: how long the sequences are; ``reach``: the greatest derivative by one of
the first tenth of the rounds over the greatest by any.
Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", section 2.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.experiments.subject import Clock, Subject, aside
from glasswork.doctor.observing.rounds import tensors_in
from glasswork.doctor.vitals import Probe

__all__ = ["memory"]

FIRST = 10  # part of the rounds


def memory(subject: Subject, budget: float) -> Probe:
    """Differentiate one batch's outputs by the recurrent layer's inputs; `budget` is not needed: a pass or two."""
    clock, batch = Clock(budget), subject.batches[0]
    given: list[Tensor] = []

    def leaf(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if given or not args or not isinstance(args[0], Tensor) or args[0].dim() != 3:
            return None
        given.append(args[0].detach().requires_grad_())
        return (given[0], *args[1:])

    with aside(subject), torch.enable_grad():
        model = copy.deepcopy(subject.model).eval()
        layer = next((m for m in model.modules() if isinstance(m, nn.RNN | nn.GRU | nn.LSTM)), None)
        if layer is None or layer.bidirectional:
            return Probe("memory", clock.seconds)
        handle = layer.register_forward_pre_hook(leaf)
        outputs = model(*batch.inputs, **batch.named)
        handle.remove()
        outputs = next((one for one in tensors_in(outputs) if one.requires_grad), None)
        if outputs is None or not given:
            return Probe("memory", clock.seconds)
        (slopes,) = torch.autograd.grad((outputs * torch.randn_like(outputs)).sum(), given)
        sizes = slopes.square().sum((0, 2) if layer.batch_first else (1, 2)).sqrt()
    most, rounds = float(sizes.max()), len(sizes)
    if not most > 0:
        return Probe("memory", clock.seconds)
    reach = float(sizes[: max(1, rounds // FIRST)].max()) / most
    return Probe("memory", clock.seconds, {"rounds": float(rounds), "reach": reach})
