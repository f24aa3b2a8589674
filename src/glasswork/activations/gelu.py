"""GELU: each value weighed by how likely a normal variable lies below it.

Course: ACT-14.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["GELU", "gelu_formula"]


class GELU(nn.Module):
    r"""A smooth ReLU: multiplies x by the normal distribution function at x.

    .. math:: f(x) = x\,\Phi(x) = \tfrac12 x \left(1 + \operatorname{erf}(x / \sqrt 2)\right)

    Derivative:

    .. math:: f'(x) = \Phi(x) + x\,\phi(x), \quad \phi(x) = \frac{e^{-x^2/2}}{\sqrt{2 \pi}}

    Shapes: any shape in, the same shape out.

    Source: Hendrycks & Gimpel 2016, "Gaussian Error Linear Units".
    Differs from ``torch.nn.GELU`` in having the exact form only.

    >>> GELU()(torch.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.gelu(x)


def gelu_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> gelu_formula(torch.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2
