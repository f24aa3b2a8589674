"""Orthogonal: a rotation, which neither stretches nor shrinks a signal."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from glasswork.checks import check_at_least

__all__ = ["orthogonal"]


@torch.no_grad()
def orthogonal(tensor: Tensor, *, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    r"""Rows (or columns, whichever are fewer) of length `gain` at right angles to one another.

    .. math:: W W^\top = g^2 I \quad\text{or}\quad W^\top W = g^2 I

    Args:
        tensor: (O, I) or (O, I, ...), seen as a matrix of O rows, filled in place.
        gain: the length of the rows or columns.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: Saxe, McClelland & Ganguli 2014, "Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear
    Networks".

    >>> weight = orthogonal(torch.empty(2, 3))
    >>> torch.allclose(weight @ weight.T, torch.eye(2), atol=1e-6)
    True
    """
    check_at_least("orthogonal", 2, dimensions=tensor.ndim)
    # LAPACK knows no half precision.
    exact = tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()
    torch.nn.init.orthogonal_(exact, gain, generator=generator)
    return tensor if exact is tensor else tensor.copy_(exact)
