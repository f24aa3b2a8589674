"""Parametric ReLU: a leaky ReLU that learns how much to leak.

Also called: PReLU.

Course: ACT-08.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least, check_size

__all__ = ["ParametricReLU", "parametric_relu_formula"]


class ParametricReLU(nn.Module):
    r"""Passes what is above 0 and a learned share of what is below.

    .. math:: f(x) = \begin{cases} x & x > 0 \\ a\,x & x \le 0 \end{cases}

    Derivative:

    .. math:: \frac{\partial f}{\partial x} = \begin{cases} 1 & x > 0 \\ a & x \le 0 \end{cases} \qquad
              \frac{\partial f}{\partial a} = \begin{cases} 0 & x > 0 \\ x & x \le 0 \end{cases}

    Args:
        slopes: 1 for one slope that all units share, or one for each unit or channel.
        start: the slope to begin with; 0.01 is a leaky ReLU, 0 a ReLU. Weight decay would pull it back to ReLU.

    Shapes: any shape in, the same shape out; with several slopes (B, units, ...).

    Source: He, Zhang, Ren & Sun 2015, "Delving Deep into Rectifiers".
    Differs from ``torch.nn.PReLU`` in the settings' names only (`slopes` for ``num_parameters``, `start` for ``init``).

    >>> ParametricReLU()(torch.tensor([-2.0, 3.0])).tolist()
    [-0.5, 3.0]
    """

    def __init__(self, *, slopes: int = 1, start: float = 0.25) -> None:
        super().__init__()
        check_at_least("ParametricReLU", 1, slopes=slopes)
        self.slopes = slopes
        self.start = start
        self.weight = nn.Parameter(torch.full((slopes,), start))

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        if self.slopes > 1:
            check_size("ParametricReLU", 1, self.slopes, x=x)
        return functional.prelu(x, self.weight)

    def extra_repr(self) -> str:
        """Show the settings."""
        return f"slopes={self.slopes}, start={self.start}"


def parametric_relu_formula(x: Tensor, weight: Tensor) -> Tensor:
    """The same in plain operations, for one slope or one a unit, in dimension 1.

    >>> parametric_relu_formula(torch.tensor([-2.0, 3.0]), torch.tensor([0.25]))
    tensor([-0.5000,  3.0000])
    """
    slope = weight if len(weight) == 1 else weight.reshape(-1, *(1,) * (x.dim() - 2))
    return torch.where(x > 0, x, slope * x)
