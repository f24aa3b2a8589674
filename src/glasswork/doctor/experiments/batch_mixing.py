"""Does one example's output depend on another example?

In evaluation mode (batch norm then looks at no batch) the output of a row is differentiated by the inputs of all
rows; for tokens, which have no derivative, another row is exchanged instead. Anything outside the own row is a
softmax over the wrong dimension, a reshape for a transpose, a recurrent layer that takes examples for time.

Figures of the probe ``batch-mixing``: ``leak``: the greatest derivative by another row over the greatest by the own
(for tokens: the greatest change of the output by another row's exchange, over the output's own spread); ``rows``;
``exchanged``: 1 where rows were exchanged; ``resized``: 1 where there are not as many outputs as rows; ``moved``: 1
where the script put values of one row into another before it called the model (the leak is then 1); ``parted``: 1 where
it gave rows and labels different orders.
Source: Karpathy 2019, "A Recipe for Training Neural Networks" ("use backprop to chart dependencies").
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from glasswork.doctor.experiments.subject import Clock, KeptBatch, Subject, aside
from glasswork.doctor.vitals import Probe

__all__ = ["batch_mixing"]

ROWS = 8
LITTLE = 1e-6


def batch_mixing(subject: Subject, budget: float) -> Probe:
    """Chart which rows the output of a middle row depends on; `budget` is not needed: a pass or two."""
    clock = Clock(budget)
    batch = subject.batches[0]
    rows = min(ROWS, len(batch))
    values = list(batch.inputs) + list(batch.named.values())
    if rows < 2 or not any(isinstance(v, Tensor) and v.dim() and len(v) == len(batch) for v in values):
        return Probe("batch-mixing", clock.seconds)
    if subject.moved:
        return Probe("batch-mixing", clock.seconds, {"rows": float(len(batch)), "moved": 1.0, "leak": 1.0})
    judged = getattr(subject.loss, "scores", lambda outputs: outputs)
    with aside(subject):
        model = copy.deepcopy(subject.model).eval()
        inputs, named = _cut(batch, rows)
        leaves = [v for v in (*inputs, *named.values()) if isinstance(v, Tensor) and v.is_floating_point()]
        leaves = [v for v in leaves if v.dim() and len(v) == rows]
        exchange = not leaves
        for leaf in leaves:
            leaf.requires_grad_()
        outputs = _first_tensor(model(*inputs, **named))
        figures = {"rows": float(rows), "exchanged": float(exchange)}
        if subject.parted:
            figures["parted"] = 1.0
        if outputs is None or outputs.dim() == 0 or len(outputs) != rows:
            return Probe("batch-mixing", clock.seconds, figures | {"resized": 1.0})
        figures["resized"] = 0.0
        chosen = rows // 2

        def leak_of(through: Callable[[Tensor], Tensor]) -> float:
            if exchange:
                return _exchanged(model, inputs, named, through, chosen)
            return _derived(through(outputs), leaves, chosen)

        leak = leak_of(lambda outputs: outputs)
        again = judged(outputs) if leak <= LITTLE else None
        if isinstance(again, Tensor) and len(again) == rows and again is not outputs:
            # What the script does with the outputs before the loss has them.
            leak = max(leak, leak_of(judged))
    return Probe("batch-mixing", clock.seconds, figures | {"leak": leak})


def _cut(batch: KeptBatch, rows: int) -> tuple[list[Any], dict[str, Any]]:
    def cut(value: Any) -> Any:
        fits = isinstance(value, Tensor) and value.dim() and len(value) == len(batch)
        return value[:rows].detach().clone() if fits else value

    return [cut(value) for value in batch.inputs], {name: cut(value) for name, value in batch.named.items()}


def _first_tensor(outputs: Any) -> Tensor | None:
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    if isinstance(outputs, list | tuple):
        outputs = next((value for value in outputs if isinstance(value, Tensor)), None)
    return outputs if isinstance(outputs, Tensor) else None


def _derived(outputs: Tensor, leaves: list[Tensor], chosen: int) -> float:
    # Random signs: outputs that always sum to one (a softmax) have no derivative of their plain sum.
    signs = torch.randint(0, 2, outputs[chosen].shape, dtype=outputs.dtype, device=outputs.device) * 2 - 1
    if not outputs.requires_grad:
        return 0.0
    gradients = torch.autograd.grad((outputs[chosen] * signs).sum(), leaves, retain_graph=True, allow_unused=True)
    own = other = 0.0
    for gradient in gradients:
        if gradient is not None:
            size = gradient.detach().flatten(1).abs().amax(1).nan_to_num()
            own = max(own, float(size[chosen]))
            size[chosen] = 0
            other = max(other, float(size.max()))
    return other / own if own > 0 else float(other > 0)


def _exchanged(
    model: Any, inputs: list[Any], named: dict[str, Any], through: Callable[[Tensor], Tensor], chosen: int
) -> float:
    first = _first_tensor(model(*inputs, **named))
    if first is None:
        return 0.0
    outputs = through(first)

    def other(value: Any) -> Any:
        if not isinstance(value, Tensor) or value.dim() == 0 or len(value) != len(first):
            return value
        moved = value.roll(1, 0)
        moved[chosen] = value[chosen]
        return moved

    with torch.no_grad():
        again = _first_tensor(model(*map(other, inputs), **{name: other(value) for name, value in named.items()}))
        if again is None:
            return 0.0
        again = through(again)
    change = (again[chosen] - outputs[chosen].detach()).abs().max()
    return float(change / outputs.detach().std().clamp(min=1e-9))
