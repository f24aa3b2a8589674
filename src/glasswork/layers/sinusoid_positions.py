"""Sinusoid positions: each place's waves added to what stands there.

Letters in shapes: B batch, T time, W width.

Course: TRF-10.

Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.5.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_dimensions
from glasswork.layers.sinusoid import sinusoid

__all__ = ["SinusoidPositions"]


class SinusoidPositions(nn.Module):
    r"""Add :func:`sinusoid` to a sequence; nothing is learned, and any length is known.

    .. math:: y_{t} = x_t + p_t, \qquad p_{t,2i} = \sin(t / 10000^{2i/W}), \quad p_{t,2i+1} = \cos(t / 10000^{2i/W})

    Shapes: ``(B, T, W)`` to ``(B, T, W)``.

    >>> import torch
    >>> SinusoidPositions()(torch.ones(1, 1, 2)).tolist()  # 1 + sin 0, 1 + cos 0
    [[[1.0, 2.0]]]
    """

    def forward(self, x_BTW: Tensor) -> Tensor:
        """Return the sequence with its places told, of the same shape."""
        check_dimensions("SinusoidPositions", 3, x=x_BTW)
        return x_BTW + sinusoid(*x_BTW.shape[1:], like=x_BTW)
