"""Delta rule: the error of a linear unit, times its input, corrects its weights; also called Widrow-Hoff or LMS.

Course: NL-08, NL-09, MLP-08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from glasswork.checks import check_same_shape
from glasswork.errors import DataError, UsageError
from glasswork.layers import Network
from glasswork.learning.rule import Rule
from glasswork.losses import error_energy
from glasswork.models import Linear, Neuron, Perceptron

if TYPE_CHECKING:
    from glasswork.records import Batch, StepRecord

__all__ = ["DeltaRule", "delta_update"]


def delta_update(x: Tensor, d: Tensor, y: Tensor, *, lr: float) -> tuple[Tensor, Tensor]:
    """Return the steps of the weights ``(O, I)`` and biases ``(O,)`` for inputs ``(B, I)`` and answers ``(B, O)``.

    >>> step, step_b = delta_update(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0]]), torch.tensor([[1.0]]), lr=0.5)
    >>> step.tolist(), step_b.tolist()  # e = 2: 0.5 * 2 * (1, 2), 0.5 * 2
    ([[1.0, 2.0]], [1.0])
    """
    e = d - y
    return lr * e.T @ x / len(x), lr * e.mean(dim=0)


class DeltaRule(Rule):
    r"""Move each weight against the error that its input took part in.

    With the error :math:`e_k = d_k - y_k` of a linear unit and its energy :math:`E = \tfrac12 \sum_k e_k^2`,

    .. math:: \Delta w_{kj} = -\eta\,\frac{\partial E}{\partial w_{kj}} = \eta\, e_k\, x_j, \qquad
              \Delta b_k = \eta\, e_k

    which is gradient descent on :math:`E`; over a batch the mean of the examples' steps is taken. A ``Perceptron``
    learns by its potential v, towards +1 for the second class and -1 for the first: Widrow and Hoff's adaline. A
    network that scales its targets learns in the scaled units.

    Args:
        model: a ``Linear``, a ``Neuron`` without a curve, a ``Perceptron``, or a ``Network`` around one.
        learning_rate: :math:`\eta`; below 2 over the largest squared length of an example with its constant 1.

    Source: Widrow & Hoff 1960, "Adaptive Switching Circuits".

    >>> from glasswork.records import Batch
    >>> model = Linear(inputs=1, outputs=1)  # w = b = 0, so e = 3
    >>> DeltaRule(model, learning_rate=0.1).step(Batch({"x": torch.tensor([[2.0]])}, torch.tensor([[3.0]]))).loss.item()
    4.5
    >>> round(model.linear.weight.item(), 4), round(model.linear.bias.item(), 4)  # 0.1 * 3 * 2, 0.1 * 3
    (0.6, 0.3)
    """

    teaches = (Linear, Neuron, Perceptron)

    def __init__(self, model: nn.Module, *, learning_rate: float = 0.01) -> None:
        super().__init__(model, learning_rate=learning_rate)
        curve = getattr(self.unit, "activation", None)
        if curve is not None and type(curve).__name__ != "Identity":
            raise UsageError(f"DeltaRule teaches a linear unit, got a Neuron with {type(curve).__name__}.")

    @torch.no_grad()
    def step(self, batch: Batch) -> StepRecord:
        """Correct the weights by the mean of the batch's steps."""
        self.number += 1
        x_BI = self.features(batch)
        d_BO = self._desired(batch.targets, x_BI.dtype)
        linear = self.unit.linear
        y_BO = linear(x_BI)
        check_same_shape("DeltaRule", outputs=y_BO, targets=d_BO)
        record = self.record(batch, error_energy(y_BO, d_BO))
        step, step_b = delta_update(x_BI, d_BO, y_BO, lr=self.learning_rate)
        if self.publish is not None:
            self.publish(
                linear, {"inputs": x_BI, "outputs": y_BO, "targets": d_BO, "gradient": step / -self.learning_rate}
            )
        linear.weight += step
        linear.bias += step_b
        return record

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean error energy E."""
        if isinstance(self.unit, Perceptron):
            outputs = outputs[:, 1:]
        elif isinstance(self.model, Network) and self.model.target is not None:
            outputs = self.model.target.scale(outputs)
        return error_energy(outputs, self._desired(targets, outputs.dtype))

    def _desired(self, targets: Tensor | None, kind: torch.dtype) -> Tensor:
        if targets is None:
            raise DataError("DeltaRule: the batch has no targets to learn from.")
        if isinstance(self.unit, Perceptron):
            return (2 * self.sides(targets) - 1).to(kind).unsqueeze(1)
        if isinstance(self.model, Network) and self.model.target is not None:
            targets = self.model.target.scale(targets)
        return targets.to(kind)
