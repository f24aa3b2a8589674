"""SiLU (swish): each value weighed by its own sigmoid.

Also called: swish.

Course: ACT-12, HP-19.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["SiLU", "silu_formula"]


class SiLU(nn.Module):
    r"""A smooth ReLU that dips slightly below 0 before it levels off.

    .. math:: f(x) = x\,\sigma(x) = \frac{x}{1 + e^{-x}}

    Derivative:

    .. math:: f'(x) = \sigma(x) + x\,\sigma(x)\,(1 - \sigma(x))

    Shapes: any shape in, the same shape out.

    Source: Elfwing, Uchibe & Doya 2018, "Sigmoid-Weighted Linear Units"; as swish: Ramachandran, Zoph & Le 2017.

    >>> SiLU()(torch.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.silu(x)


def silu_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> silu_formula(torch.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    return x * torch.sigmoid(x)
