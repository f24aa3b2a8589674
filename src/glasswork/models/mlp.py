"""MLP: a multi-layer perceptron, hidden layers with a non-linearity between them.

Letters in shapes: B batch, I inputs, H units of a hidden layer, O outputs.
Source: Rumelhart, Hinton & Williams 1986; residual form: He et al. 2016.

Course: HP-01, HP-02, MLP-01, MLP-03, MLP-04, MLP-05, NL-07, NL-14, NL-17.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_choice, check_size

__all__ = ["MLP"]


class MLP(nn.Module):
    r"""Hidden layers, each with dropout after it, and a linear layer on top.

    .. math:: h_k = \varphi(\text{norm}(W_k h_{k-1} + b_k)), \qquad h_0 = x, \qquad y = W h_{\text{last}} + b

    Anything with more than two dimensions is flattened first, so images go in as they are.

    Args:
        inputs: numbers in one example, I.
        outputs: logits or values, O.
        hidden: units of each hidden layer; empty leaves a linear model.
        activation: the class of the non-linearity, such as ``torch.nn.ReLU``.
        dropout: share of hidden units silenced in training.
        norm: ``none``, ``batch`` or ``layer``, before the non-linearity.
        residual: add a hidden layer's input to its output where sizes are equal.

    >>> import torch
    >>> model = MLP(inputs=4, hidden=[5, 6], outputs=3)
    >>> sum(p.numel() for p in model.parameters())  # 4*5+5 + 5*6+6 + 6*3+3
    82
    >>> model(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        *,
        inputs: int,
        outputs: int,
        hidden: Sequence[int] = (256, 256, 256),
        activation: type[nn.Module] = nn.ReLU,
        dropout: float = 0.2,
        norm: Literal["none", "batch", "layer"] = "none",
        residual: bool = False,
    ) -> None:
        super().__init__()
        check_at_least("MLP", 1, inputs=inputs, outputs=outputs)
        check_between("MLP", 0, 1, include_high=False, dropout=dropout)
        check_choice("MLP", ["none", "batch", "layer"], norm=norm)
        self.size = inputs
        self.hidden = nn.ModuleList()
        for units in hidden:
            check_at_least("MLP", 1, hidden=units)
            self.hidden.append(
                _Hidden(inputs, units, activation=activation, dropout=dropout, norm=norm, residual=residual)
            )
            inputs = units
        self.head = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits or values, shape ``(B, O)``, from ``x`` of shape ``(B, I)`` or ``(B, ...)``."""
        x_BI = x.flatten(1)
        check_size("MLP", 1, self.size, x=x_BI)
        for layer in self.hidden:
            x_BI = layer(x_BI)
        return self.head(x_BI)


class _Hidden(nn.Module):
    def __init__(
        self, inputs: int, units: int, *, activation: type[nn.Module], dropout: float, norm: str, residual: bool
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, units)
        self.norm = nn.BatchNorm1d(units) if norm == "batch" else nn.LayerNorm(units) if norm == "layer" else None
        self.activation = activation()
        self.dropout = nn.Dropout(dropout) if dropout else None
        self.residual = residual and inputs == units

    def forward(self, x_BI: Tensor) -> Tensor:
        h_BH = self.linear(x_BI)
        if self.norm is not None:
            h_BH = self.norm(h_BH)
        h_BH = self.activation(h_BH)
        if self.dropout is not None:
            h_BH = self.dropout(h_BH)
        return x_BI + h_BH if self.residual else h_BH
