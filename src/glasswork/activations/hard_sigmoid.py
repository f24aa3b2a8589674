"""Hard sigmoid: the sigmoid drawn with a ruler.

Course: ACT-03.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["HardSigmoid", "hard_sigmoid_formula"]


class HardSigmoid(nn.Module):
    r"""Three straight lines in place of an S: cheap, and flat beyond 3.

    .. math:: f(x) = \max(0, \min(1, \tfrac{x + 3}{6}))

    Derivative:

    .. math:: f'(x) = \begin{cases} \tfrac16 & |x| < 3 \\ 0 & |x| \ge 3 \end{cases}

    Shapes: any shape in, the same shape out.

    Source: Courbariaux, Bengio & David 2015, "BinaryConnect"; with this slope: Howard et al. 2019,
    "Searching for MobileNetV3".

    >>> HardSigmoid()(torch.tensor([-4.0, 1.5]))
    tensor([0.0000, 0.7500])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.hardsigmoid(x)


def hard_sigmoid_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> hard_sigmoid_formula(torch.tensor([-4.0, 1.5]))
    tensor([0.0000, 0.7500])
    """
    return torch.where(x.abs() < 3, x / 6 + 1 / 2, (x > 0).to(x.dtype))
