"""Perceptron convergence: example after example, each that is on the wrong side corrects the line.

Course: NL-11, NL-14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from glasswork.learning.perceptron_trick import perceptron_update
from glasswork.learning.rule import Rule
from glasswork.models import Perceptron

if TYPE_CHECKING:
    from glasswork.records import Batch, StepRecord

__all__ = ["PerceptronConvergence"]


class PerceptronConvergence(Rule):
    r"""Rosenblatt's algorithm: present the examples in turn, correct after each mistake.

    .. math:: w \leftarrow w - \eta x \;\text{ if } y = 1,\, x \in C_0, \qquad
              w \leftarrow w + \eta x \;\text{ if } y = 0,\, x \in C_1, \qquad b \leftarrow b + \eta\,(d - y)

    The batch is taken one example at a time, so its size changes nothing. An epoch without a correction ends the
    learning: from then on no example changes anything. If the classes can be divided with a margin :math:`\gamma` and
    every example (with its constant 1) is at most :math:`R` long, there are at most :math:`(R/\gamma)^2` corrections
    from weights of zero; if they cannot, there is no epoch without one.

    A step reports the share of its examples that were wrong when they came, and ``corrections``, their number.

    Args:
        model: a ``Perceptron``, or a ``Network`` around one.
        learning_rate: :math:`\eta`; with weights that start at zero it changes their length alone.

    Source: Rosenblatt 1958; the bound: Novikoff 1962, "On Convergence Proofs for Perceptrons".

    >>> from glasswork.records import Batch
    >>> model = Perceptron(inputs=1)
    >>> epoch = Batch({"x": torch.tensor([[2.0], [1.0]])}, torch.tensor([1, 0]))
    >>> learner = PerceptronConvergence(model)
    >>> [int(learner.step(epoch).extra["corrections"]) for _ in range(6)], model.linear.weight.item()
    ([1, 2, 2, 1, 2, 0], 1.0)
    """

    teaches = (Perceptron,)

    @torch.no_grad()
    def step(self, batch: Batch) -> StepRecord:
        """Present the batch's examples in their order."""
        self.number += 1
        x_BI = self.features(batch)
        desired_B = self.sides(batch.targets).to(x_BI.dtype)
        linear = self.unit.linear
        if self.publish is not None:
            self.publish(linear, {"inputs": x_BI, "outputs": linear(x_BI), "targets": desired_B})
        corrections = start = 0
        while start < len(x_BI):
            answers = self.unit.fires(x_BI[start:])
            wrong = (answers != desired_B[start:]).nonzero()
            if not len(wrong):
                break
            here = start + int(wrong[0])
            step, step_b = perceptron_update(
                linear.weight[0],
                linear.bias[0],
                x_BI[here],
                desired_B[here],
                answers[here - start],
                lr=self.learning_rate,
            )
            linear.weight[0] += step
            linear.bias[0] += step_b
            corrections, start = corrections + 1, here + 1
        count = torch.tensor(float(corrections), device=x_BI.device)
        return self.record(batch, count / max(1, len(x_BI)), corrections=count)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the share of examples on the wrong side."""
        return (outputs.argmax(dim=1) != targets.reshape(-1)).to(outputs.dtype).mean()
