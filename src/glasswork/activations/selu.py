"""SELU: an ELU scaled so that a deep net normalises itself.

Course: ACT-10, HP-13.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["SELU", "selu_formula"]

# The fixed point (mean 0, variance 1) of the paper's equations 4 and 5, to double precision.
ALPHA = 1.6732632423543772848170429916717
SCALE = 1.0507009873554804934193349852946


class SELU(nn.Module):
    r"""Keeps mean 0 and variance 1 from layer to layer, with weights of variance 1 / inputs (`lecun_normal`).

    .. math:: f(x) = \lambda \begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & x \le 0 \end{cases}
              \quad \lambda = 1.0507\ldots,\ \alpha = 1.6733\ldots

    Derivative:

    .. math:: f'(x) = \lambda \begin{cases} 1 & x > 0 \\ \alpha\,e^x & x \le 0 \end{cases}

    Shapes: any shape in, the same shape out.

    Source: Klambauer, Unterthiner, Mayr & Hochreiter 2017, "Self-Normalizing Neural Networks".

    >>> SELU()(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.selu(x)


def selu_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> selu_formula(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    # As in ELU, the exponential must not see large x.
    return SCALE * torch.where(x > 0, x, ALPHA * torch.expm1(x.clamp(max=0)))
