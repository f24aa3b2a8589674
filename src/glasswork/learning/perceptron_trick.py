"""Perceptron trick: look at a random point; if it is on the wrong side, pull the line towards it.

Course: NL-10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from glasswork.learning.rule import Rule
from glasswork.models import Perceptron

if TYPE_CHECKING:
    from glasswork.records import Batch, StepRecord

__all__ = ["PerceptronTrick", "perceptron_update"]


def perceptron_update(w: Tensor, b: Tensor, x: Tensor, y: Tensor, y_hat: Tensor, *, lr: float) -> tuple[Tensor, Tensor]:
    """Return the steps of weights and bias, the bias being the weight of an input that is always 1.

    >>> w, b, x = torch.tensor([2.0, 3.0]), torch.tensor(5.0), torch.tensor([4.0, 5.0])
    >>> step, step_b = perceptron_update(w, b, x, torch.tensor(0.0), torch.tensor(1.0), lr=1.0)
    >>> (w + step).tolist(), (b + step_b).item()
    ([-2.0, -2.0], 4.0)
    """
    return lr * (y - y_hat) * x, lr * (y - y_hat) * torch.ones_like(b)


class PerceptronTrick(Rule):
    r"""Correct a perceptron by one point of the batch, drawn at random.

    .. math:: w \leftarrow w + \eta\,(y_i - \hat y_i)\,x_i, \qquad b \leftarrow b + \eta\,(y_i - \hat y_i)

    A point on its right side changes nothing. Where a line can divide the classes, it is found after finitely many
    corrections; where none can, the line never comes to rest. There is no loss: a step reports whether its point was
    wrong, 1 or 0.

    Args:
        model: a ``Perceptron``, or a ``Network`` around one.
        learning_rate: :math:`\eta`; with weights that start at zero it changes their length alone.

    Source: Rosenblatt 1958; for when it comes to rest: Novikoff 1962, "On Convergence Proofs for Perceptrons".

    >>> from glasswork.records import Batch
    >>> model = Perceptron(inputs=2)
    >>> _ = model.linear.weight.data.copy_(torch.tensor([[2.0, 3.0]])), model.linear.bias.data.fill_(5)
    >>> point = Batch({"x": torch.tensor([[4.0, 5.0]])}, torch.tensor([0]))  # 8 + 15 + 5 = 28: wrong side
    >>> PerceptronTrick(model).step(point).loss.item()
    1.0
    >>> model.linear.weight.tolist(), model.linear.bias.item(), model.potential(point.inputs["x"]).item()
    ([[-2.0, -2.0]], 4.0, -14.0)
    """

    teaches = (Perceptron,)

    @torch.no_grad()
    def step(self, batch: Batch) -> StepRecord:
        """Look at one example of the batch, drawn by torch's generator."""
        self.number += 1
        desired_B = self.sides(batch.targets)
        drawn = int(torch.randint(len(batch), ()))
        x_1I = self.features(batch)[drawn : drawn + 1]
        linear = self.unit.linear
        desired, answer = desired_B[drawn].to(x_1I.dtype), self.unit.fires(x_1I)[0]
        step, step_b = perceptron_update(
            linear.weight[0], linear.bias[0], x_1I[0], desired, answer, lr=self.learning_rate
        )
        if self.publish is not None:
            self.publish(linear, {"inputs": x_1I, "outputs": linear(x_1I), "targets": desired_B[drawn : drawn + 1]})
        linear.weight[0] += step
        linear.bias[0] += step_b
        return self.record(batch, (desired - answer).abs(), examples=1)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the share of examples on the wrong side."""
        return (outputs.argmax(dim=1) != targets.reshape(-1)).to(outputs.dtype).mean()
