"""TruncatedBackpropagation: gradient descent through the last few steps of a long sequence only.

Course: RNN-09.

Source: Williams & Peng 1990, "An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent Network
Trajectories"; Sutskever 2013, "Training Recurrent Neural Networks", section 2.8.6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_size
from glasswork.learning.gradient_descent import GradientDescent

if TYPE_CHECKING:
    from glasswork.records import Batch

__all__ = ["TruncatedBackpropagation"]


class TruncatedBackpropagation(GradientDescent):
    r"""Read a sequence window by window: the state is carried over, the gradient is not.

    .. math:: \frac{\partial L^{(t)}}{\partial W} \approx \frac{\partial L^{(t)}}{\partial h^{(t)}}
              \sum_{j=s(t)}^{t} \Bigl(\prod_{i=j+1}^{t} \frac{\partial h^{(i)}}{\partial h^{(i-1)}}\Bigr)
              \frac{\partial h^{(j)}}{\partial W}, \qquad s(t) = k \lfloor t / k \rfloor

    with :math:`t = 0, 1, \dots` and :math:`\partial h^{(j)} / \partial W` taken with the state before held fixed; in
    full back-propagation through time the sum begins at 0. Cutting it bounds memory, and the number of factors that
    can make a gradient explode, by the window k; what lies further back than its window's first step gets no gradient
    at all. With k at least the sequence's length nothing is cut. All windows of a batch make one update, with the
    mean over all steps.

    Args:
        model: called as ``model.advance(state, **inputs) -> (outputs, state)``; the state is None before the first
            step, then whatever tensors (in tuples, lists or dicts) the model hands on. ``model(**inputs)`` is for
            evaluation alone.
        loss: ``loss(outputs, targets) -> scalar mean`` over examples and steps.
        optimizer: any ``torch.optim.Optimizer``.
        window: steps between two cuts, k.
        options: all further settings of :class:`GradientDescent`, such as ``clip_norm`` and ``schedule``.

    Shapes: every input and the targets are ``(B, T, ...)`` with the same T.

    >>> from glasswork.records import Batch
    >>> class Sum(nn.Module):  # h_t = w h_{t-1} + x_t
    ...     def __init__(self): super().__init__(); self.w = nn.Parameter(torch.tensor(2.0))
    ...     def advance(self, state, x):
    ...         for x_B1 in x.unbind(1): state = self.w * (0 if state is None else state) + x_B1
    ...         return state.unsqueeze(1).expand_as(x), state
    ...     def forward(self, x): return self.advance(None, x)[0]
    >>> model = Sum()
    >>> mean = lambda outputs, targets: outputs.mean()
    >>> learner = TruncatedBackpropagation(model, mean, torch.optim.SGD(model.parameters(), lr=0.0), window=1)
    >>> batch = Batch({"x": torch.tensor([[[1.0], [0.0], [0.0]]])}, torch.zeros(1, 3, 1))
    >>> _ = learner.step(batch)  # states 1, w, w^2: cut everywhere, the slopes are 0, 1 and w
    >>> model.w.grad.item()  # in full they would be 0, 1 and 2w: 5/3
    1.0
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[..., Tensor],
        optimizer: torch.optim.Optimizer,
        *,
        window: int,
        **options: Any,
    ) -> None:
        check_at_least("TruncatedBackpropagation", 1, window=window)
        super().__init__(model, loss, optimizer, **options)
        self.window = window

    def _add_gradient(self, batch: Batch, share: float) -> Tensor:
        steps = next(iter(batch.inputs.values())).shape[1]
        check_at_least("TruncatedBackpropagation", 1, time=steps)
        check_size("TruncatedBackpropagation", 1, steps, **batch.inputs, targets=batch.targets)
        advance: Any = self.model.advance
        state, shown = None, []
        for start in range(0, steps, self.window):
            here = slice(start, start + self.window)
            inputs = {name: tensor[:, here] for name, tensor in batch.inputs.items()}
            piece = replace(batch, inputs=inputs, targets=batch.targets[:, here])  # type: ignore[index]
            with self._autocast():
                outputs, state = advance(state, **inputs)
                loss = self._loss_of(outputs, piece)
            of_all = outputs.shape[1] / steps
            shown.append(of_all * self._descend(loss, piece, share * of_all))
            state = _cut(state)
        return torch.stack(shown).sum()


def _cut(state: Any) -> Any:
    """Return the state without its history."""
    if isinstance(state, Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: _cut(one) for name, one in state.items()}
    if isinstance(state, tuple | list):
        return type(state)(_cut(one) for one in state)
    return state
