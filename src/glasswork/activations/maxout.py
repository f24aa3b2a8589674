"""Maxout: the largest of several straight lines; the layer brings its own linear maps and learns its own curve.

Letters in shapes: I inputs, O outputs, P pieces; ``...`` any number of other dimensions.

Course: ACT-13.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least, check_size

__all__ = ["Maxout", "maxout_formula"]


class Maxout(nn.Module):
    r"""A layer whose outputs are each the maximum of several linear maps of the inputs.

    .. math:: f(x) = \max_{i = 1 \ldots P} (w_i^T x + b_i)

    Derivative:

    .. math:: \frac{\partial f}{\partial x} = w_i, \quad i = \operatorname{argmax}_i (w_i^T x + b_i)

    the slope of the piece that is largest; where pieces are equal they share it.

    Two pieces make ReLU (one of them 0) and the absolute value (x and -x), enough of them any convex curve; P pieces
    have P times the parameters of a linear layer.

    Args:
        inputs: I, the number of inputs.
        outputs: O, the number of outputs.
        pieces: P, how many linear maps each output chooses from; at least 2.
        bias: whether the maps have a constant term.

    Shapes: (..., I) in, (..., O) out; `weight` is (P * O, I), piece by piece, `bias` (P * O,).

    Source: Goodfellow, Warde-Farley, Mirza, Courville & Bengio 2013, "Maxout Networks".

    >>> layer = Maxout(inputs=1, outputs=1)
    >>> _ = layer.weight.data.copy_(torch.tensor([[1.0], [-1.0]])), layer.bias.data.zero_()  # max(x, -x) = |x|
    >>> layer(torch.tensor([[-3.0], [2.0]])).tolist()
    [[3.0], [2.0]]
    """

    def __init__(self, *, inputs: int, outputs: int, pieces: int = 2, bias: bool = True) -> None:
        super().__init__()
        check_at_least("Maxout", 1, inputs=inputs, outputs=outputs)
        check_at_least("Maxout", 2, pieces=pieces)
        self.inputs = inputs
        self.outputs = outputs
        self.pieces = pieces
        start = nn.Linear(inputs, pieces * outputs, bias=bias)  # torch's own beginning, which depends on `inputs` alone
        self.weight, self.bias = start.weight, start.bias

    def forward(self, x: Tensor) -> Tensor:
        """Return the largest piece of each output."""
        check_size("Maxout", -1, self.inputs, x=x)
        pieces = functional.linear(x, self.weight, self.bias)
        return pieces.unflatten(-1, (self.pieces, self.outputs)).amax(-2)

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"inputs={self.inputs}, outputs={self.outputs}, pieces={self.pieces}, bias={self.bias is not None}"


def maxout_formula(x: Tensor, weight: Tensor, bias: Tensor, *, pieces: int = 2) -> Tensor:
    """The same in plain operations, for a layer's `weight` (P * O, I) and `bias` (P * O,).

    >>> maxout_formula(torch.tensor([[-3.0]]), torch.tensor([[1.0], [-1.0]]), torch.zeros(2))
    tensor([[3.]])
    """
    largest, *others = [x @ w.T + b for w, b in zip(weight.chunk(pieces), bias.chunk(pieces), strict=True)]
    for other in others:
        largest = torch.maximum(largest, other)
    return largest
