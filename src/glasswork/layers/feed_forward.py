"""Feed-forward sub-layer: after looking around, each place thinks for itself, all with the same weights.

Letters in shapes: B batch, T time, W width, H hidden units.

Course: TRF-14.

Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.3.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_size

__all__ = ["FeedForward", "feed_forward_formula"]


class FeedForward(nn.Module):
    r"""Widen, bend, narrow, at every place alike.

    .. math:: \text{FFN}(x) = f(x W_1 + b_1)\, W_2 + b_2, \qquad f(a) = \max(0, a)

    Args:
        width: features of a place, W.
        hidden: units in between, H; None: 4 W.
        activation: the class of f.
        dropout: share of the hidden units silenced in training.

    Shapes: ``(..., W)`` to ``(..., W)``.

    >>> import torch
    >>> layer = FeedForward(width=8, hidden=32)
    >>> layer(torch.zeros(3, 5, 8)).shape, sum(p.numel() for p in layer.parameters())  # 8*32 + 32, 32*8 + 8
    (torch.Size([3, 5, 8]), 552)
    """

    def __init__(
        self,
        *,
        width: int,
        hidden: int | None = None,
        activation: type[nn.Module] = nn.ReLU,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        hidden = 4 * width if hidden is None else hidden
        check_at_least("FeedForward", 1, width=width, hidden=hidden)
        check_between("FeedForward", 0, 1, include_high=False, dropout=dropout)
        self.width = width
        self.widen = nn.Linear(width, hidden)
        self.activation = activation()
        self.dropout = nn.Dropout(dropout)
        self.narrow = nn.Linear(hidden, width)

    def forward(self, x_BTW: Tensor) -> Tensor:
        """Return what each place thought, of the same shape."""
        check_size("FeedForward", -1, self.width, x=x_BTW)
        return self.narrow(self.dropout(self.activation(self.widen(x_BTW))))


def feed_forward_formula(x_BTW: Tensor, w1_WH: Tensor, b1_H: Tensor, w2_HW: Tensor, b2_W: Tensor) -> Tensor:
    """The same as :class:`FeedForward` with ReLU, in plain operations; the weights stand as inputs x outputs.

    >>> import torch
    >>> one = torch.ones(1)
    >>> feed_forward_formula(one, 2 * one[None], -one, 3 * one[None], one).item()  # 3 * max(0, 2 - 1) + 1
    4.0
    """
    return (x_BTW @ w1_WH + b1_H).clamp(min=0) @ w2_HW + b2_W
