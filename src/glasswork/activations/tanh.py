"""Hyperbolic tangent: an S between -1 and 1, centred on 0.

Course: ACT-04.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Tanh", "tanh_formula"]


class Tanh(nn.Module):
    r"""Squashes any number into (-1, 1); the slope at 0 is 1.

    .. math:: f(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}

    Derivative:

    .. math:: f'(x) = 1 - f(x)^2 \le 1

    Shapes: any shape in, the same shape out.

    Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.4.

    >>> Tanh()(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return torch.tanh(x)


def tanh_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> tanh_formula(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """
    # With one exponential of a number <= 0, which cannot overflow; the sign is put back afterwards.
    # sign * x is |x|, but with slope 1 at 0 too.
    sign = torch.where(x < 0, -1.0, 1.0).to(x.dtype)
    shrunk = torch.exp(-2 * sign * x)
    return sign * (1 - shrunk) / (1 + shrunk)
