"""Log-softmax: the logarithms of the shares, without ever forming a share that rounds to 0.

Course: ACT-05.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["LogSoftmax", "log_softmax_formula"]


class LogSoftmax(nn.Module):
    r"""Shifts the scores so that their exponentials add up to 1.

    .. math:: f(x)_k = x_k - \log \sum_j e^{x_j}

    Derivative:

    .. math:: \frac{\partial f_i}{\partial x_j} = [i = j] - e^{f_j}

    Args:
        dim: the axis whose exponentials add up to 1.

    Shapes: any shape in, the same shape out.

    Source: Bridle 1990, "Probabilistic Interpretation of Feedforward Classification Network Outputs".

    >>> LogSoftmax()(torch.tensor([0.0, 0.0, 2.0]).log1p())  # logarithms of 1/5, 1/5 and 3/5
    tensor([-1.6094, -1.6094, -0.5108])
    """

    def __init__(self, *, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return torch.log_softmax(x, self.dim)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"dim={self.dim}"


def log_softmax_formula(x: Tensor, *, dim: int = -1) -> Tensor:
    """The same in plain operations.

    >>> log_softmax_formula(torch.tensor([0.0, 0.0, 1000.0]))
    tensor([-1000., -1000.,     0.])
    """
    # Shifting every score alike changes nothing, and keeps the largest power at e^0 = 1.
    shifted = x - x.amax(dim, keepdim=True).detach()
    return shifted - torch.exp(shifted).sum(dim, keepdim=True).log()
