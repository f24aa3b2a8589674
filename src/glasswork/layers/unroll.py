"""Unroll: a recurrent cell applied step after step, in layers and in both directions.

Letters in shapes: B batch, T time, I inputs, H hidden units.

Course: RNN-02, RNN-03, RNN-04, RNN-05, RNN-06, RNN-24.

Source: Werbos 1990, "Backpropagation Through Time: What It Does and How to Do It".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_at_least, check_dimensions

__all__ = ["unroll", "unroll_layers"]

Step = Callable[[Tensor, Any], Any]


def unroll(step: Step, x_BTI: Tensor, state: Any = None) -> tuple[Tensor, Any]:
    r"""Apply one cell with the same weights at every step, and hand its state on.

    .. math:: s_t = \text{step}(x_t, s_{t-1}), \qquad t = 1, \dots, T

    The gradient that flows back through this loop is back-propagation through time.

    Args:
        step: ``step(x_BI, state) -> state``, such as a cell; of a state that is a tuple the first is the output.
        x_BTI: the sequence, shape ``(B, T, I)``, T at least 1.
        state: what to begin with, in the cell's own form.

    Returns:
        The outputs of all steps, shape ``(B, T, H)``, and the last state.

    >>> total = unroll(lambda x, state: x + state, torch.tensor([[[1.0], [2.0], [3.0]]]), torch.zeros(1, 1))
    >>> total[0].flatten().tolist(), total[1].item()
    ([1.0, 3.0, 6.0], 6.0)
    """
    check_dimensions("unroll", 3, x=x_BTI)
    check_at_least("unroll", 1, time=x_BTI.shape[1])
    outputs = []
    for x_BI in x_BTI.unbind(1):
        state = step(x_BI, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs, dim=1), state


def unroll_layers(
    steps: Sequence[Step], x_BTI: Tensor, states: Sequence[Any], *, bidirectional: bool = False
) -> tuple[Tensor, list[Any]]:
    """Unroll several cells over one another, each reading what the one below put out.

    Args:
        steps: one cell a layer; with `bidirectional` two: the one that reads forward, then the one that reads back.
        x_BTI: the sequence, shape ``(B, T, I)``.
        states: what each cell begins with.
        bidirectional: whether each layer reads from both ends and sets both readings side by side.

    Returns:
        The last layer's outputs, shape ``(B, T, H)`` or ``(B, T, 2H)``, and the cells' last states.

    >>> add, one = lambda x, state: x + state, torch.zeros(1, 1)
    >>> unroll_layers([add, add], torch.ones(1, 3, 1), [one, one], bidirectional=True)[0].tolist()
    [[[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]]
    """
    directions = 2 if bidirectional else 1
    last = []
    for first in range(0, len(steps), directions):
        readings = []
        for number in range(first, first + directions):
            backward = number > first
            read, state = unroll(steps[number], x_BTI.flip(1) if backward else x_BTI, states[number])
            readings.append(read.flip(1) if backward else read)
            last.append(state)
        x_BTI = torch.cat(readings, dim=2) if bidirectional else readings[0]
    return x_BTI, last
