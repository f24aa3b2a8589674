"""Learned positions: a vector for each place, found by training, added to what stands there.

Letters in shapes: B batch, T time, P places, W width.

Course: TRF-10.

Source: Gehring et al. 2017, "Convolutional Sequence to Sequence Learning", section 3.1;
Vaswani et al. 2017, section 3.5.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_dimensions, check_size, check_size_at_most

__all__ = ["LearnedPositions"]


class LearnedPositions(nn.Module):
    r"""Add a learned vector to each place of a sequence, up to a longest one.

    .. math:: y_t = x_t + P_t

    Args:
        places: the longest sequence there may be, P.
        width: features of a place, W.

    Shapes: ``(B, T, W)`` with T at most P, to ``(B, T, W)``.

    >>> layer = LearnedPositions(places=4, width=2)
    >>> layer(torch.zeros(3, 2, 2)).shape, layer.table.shape
    (torch.Size([3, 2, 2]), torch.Size([4, 2]))
    """

    def __init__(self, *, places: int, width: int) -> None:
        super().__init__()
        check_at_least("LearnedPositions", 1, places=places, width=width)
        self.table = nn.Parameter(torch.empty(places, width))
        nn.init.normal_(self.table, std=0.02)  # as in BERT and GPT-2: small beside the tokens' own vectors

    def forward(self, x_BTW: Tensor) -> Tensor:
        """Return the sequence with its places told, of the same shape."""
        check_dimensions("LearnedPositions", 3, x=x_BTW)
        check_size("LearnedPositions", 2, self.table.shape[1], x=x_BTW)
        check_size_at_most("LearnedPositions", 1, len(self.table), x=x_BTW)
        return x_BTW + self.table[: x_BTW.shape[1]]
