"""Hard swish: swish with the hard sigmoid in it.

Course: ACT-12.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["HardSwish", "hard_swish_formula"]


class HardSwish(nn.Module):
    r"""A swish without an exponential, for small devices.

    .. math:: f(x) = \tfrac{x}{6} \max(0, \min(6, x + 3))

    Derivative:

    .. math:: f'(x) = \begin{cases} 0 & x \le -3 \\ \tfrac{2 x + 3}{6} & |x| < 3 \\ 1 & x \ge 3 \end{cases}

    Shapes: any shape in, the same shape out.

    Source: Howard et al. 2019, "Searching for MobileNetV3".

    >>> HardSwish()(torch.tensor([-4.0, 1.5]))
    tensor([-0.0000,  1.1250])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.hardswish(x)


def hard_swish_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> hard_swish_formula(torch.tensor([-4.0, 1.5]))
    tensor([0.0000, 1.1250])
    """
    return torch.where(x.abs() < 3, x * (x + 3) / 6, torch.where(x > 0, x, torch.zeros_like(x)))
