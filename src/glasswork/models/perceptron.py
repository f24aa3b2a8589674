"""Perceptron: one weighted sum, whose sign says which of two classes it is.

Letters in shapes: B batch, I inputs.

Course: NL-07, NL-10, NL-11, NL-14, NL-15, NL-18.
Source: Rosenblatt 1958, "The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.activations import Threshold
from glasswork.checks import check_at_least, check_exactly, check_size

__all__ = ["Perceptron"]


class Perceptron(nn.Module):
    r"""Divide the inputs by a straight line (a hyperplane) into two classes.

    .. math:: v = w \cdot x + b, \qquad y = \begin{cases} 1 & v \ge 0 \\ 0 & v < 0 \end{cases}

    It answers with two scores, as other classifiers do: nothing and v. The larger score is the class, so training
    with cross-entropy makes it logistic regression; the learners ``perceptron_trick``, ``perceptron_convergence`` and
    ``delta_rule`` (Widrow and Hoff's *adaline*) train it by their own rules. Weights start at zero.

    Args:
        inputs: numbers in one example, I; more dimensions are flattened.
        outputs: 2; more classes need ``Linear``.
        at_zero: what the unit does on the line itself: ``fires`` as above, or ``rests`` (then y = 1 needs v > 0).

    >>> model = Perceptron(inputs=2)
    >>> _ = model.linear.weight.data.copy_(torch.tensor([[2.0, 3.0]])), model.linear.bias.data.fill_(5)
    >>> points = torch.tensor([[4.0, 5.0], [-4.0, 1.0], [-4.0, 0.0]])
    >>> model.potential(points).tolist(), model.fires(points).tolist()  # 8 + 15 + 5; -8 + 3 + 5; -8 + 5
    ([28.0, 0.0, -3.0], [1.0, 1.0, 0.0])
    >>> model(points).argmax(dim=1).tolist()
    [1, 1, 0]
    """

    def __init__(self, *, inputs: int, outputs: int = 2, at_zero: str = "fires") -> None:
        super().__init__()
        check_at_least("Perceptron", 1, inputs=inputs)
        check_exactly("Perceptron", 2, "Use Linear for more classes or for values.", outputs=outputs)
        self.size = inputs
        self.linear = nn.Linear(inputs, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.threshold = Threshold(at_zero=at_zero)

    def potential(self, x: Tensor) -> Tensor:
        """Return the activation potentials v, shape ``(B,)``."""
        x_BI = x.flatten(1)
        check_size("Perceptron", 1, self.size, x=x_BI)
        return self.linear(x_BI).squeeze(1)

    def fires(self, x: Tensor) -> Tensor:
        """Return the answers y, 1 or 0, shape ``(B,)``."""
        return self.threshold(self.potential(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return scores of the two classes, shape ``(B, 2)``, from ``x`` of shape ``(B, I)`` or ``(B, ...)``."""
        v_B = self.potential(x)
        # The first score is the smallest number beside 0 (in float32: metrics convert to it), not 0: so that v = 0 is
        # no tie, whoever looks for the larger.
        least = max(torch.finfo(v_B.dtype).tiny, torch.finfo(torch.float32).tiny)
        nothing = -least if self.threshold.at_zero == "fires" else least
        return torch.stack([torch.full_like(v_B, nothing), v_B], dim=1)
