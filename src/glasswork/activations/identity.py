"""Identity: what comes in goes out; a layer with it stays linear.

Course: ACT-15, NL-03.
"""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["Identity", "identity_formula"]


class Identity(nn.Module):
    r"""Returns its input; for outputs of a regression, and to switch an activation off.

    .. math:: f(x) = x

    Derivative:

    .. math:: f'(x) = 1

    Shapes: any shape in, the same shape out.

    Source: the linear unit of Widrow & Hoff 1960, "Adaptive Switching Circuits".

    >>> import torch
    >>> Identity()(torch.tensor([-2.0, 3.0]))
    tensor([-2.,  3.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return x


def identity_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> import torch
    >>> identity_formula(torch.tensor([-2.0, 3.0]))
    tensor([-2.,  3.])
    """
    return x
