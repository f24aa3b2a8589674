"""Logistic regression: one weighted sum, the log-odds of the second of two classes.

Letters in shapes: B batch, I inputs.

Course: MLP-09, MLP-10, NL-13.
Source: Cox 1958, "The Regression Analysis of Binary Sequences".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_exactly, check_size

__all__ = ["LogisticRegression"]


class LogisticRegression(nn.Module):
    r"""Return the logits (0, z), where z is the log-odds of the second class.

    .. math:: z = w \cdot x + b, \qquad P(\text{second}) = \sigma(z) = \frac{e^z}{e^0 + e^z}

    Softmax over (0, z) is the sigmoid of z: the two logits that other classifiers give, from half the weights.
    Weights start at zero.

    Args:
        inputs: numbers in one example, I; more dimensions are flattened.
        outputs: 2; more classes need ``Linear``.

    >>> model = LogisticRegression(inputs=2)
    >>> _ = model.linear.weight.data.copy_(torch.tensor([[1.0, -1.0]]))
    >>> model(torch.tensor([[3.0, 1.0]])).tolist()
    [[0.0, 2.0]]
    >>> sum(p.numel() for p in model.parameters())
    3
    """

    def __init__(self, *, inputs: int, outputs: int = 2) -> None:
        super().__init__()
        check_at_least("LogisticRegression", 1, inputs=inputs)
        check_exactly("LogisticRegression", 2, "Use Linear for more classes or for values.", outputs=outputs)
        self.size = inputs
        self.linear = nn.Linear(inputs, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, shape ``(B, 2)``, from ``x`` of shape ``(B, I)`` or ``(B, ...)``."""
        x_BI = x.flatten(1)
        check_size("LogisticRegression", 1, self.size, x=x_BI)
        z_B1 = self.linear(x_BI)
        return torch.cat([torch.zeros_like(z_B1), z_B1], dim=1)
