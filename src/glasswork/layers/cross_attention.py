"""Cross attention: the places of one sequence look at the places of another, as a decoder looks at an encoder.

Letters in shapes: B batch, Q places that ask, K places that answer, N heads, D size of a head, W width, M memory width.

Course: TRF-05, TRF-09, TRF-13.

Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import (
    check_at_least,
    check_between,
    check_dimensions,
    check_divides,
    check_exactly,
    check_same_shape,
    check_size,
)
from glasswork.layers.attention import attention, attention_weights

__all__ = ["CrossAttention"]


class CrossAttention(nn.Module):
    r"""Multi-head attention whose queries come from one sequence, and keys and values from another.

    .. math:: Y = [\text{head}_1, \dots, \text{head}_N]\, W^O, \qquad
              \text{head}_n = \text{attention}(X W_n^Q, Z W_n^K, Z W_n^V)

    Args:
        width: features of a place that asks, W; the heads share them out.
        heads: how many questions each place asks at once, N; divides W.
        memory_width: features of a place that answers, M; None: W.
        dropout: share of attention weights silenced in training.

    Shapes: ``(B, Q, W)`` and the memory ``(B, K, M)`` to ``(B, Q, W)``.

    >>> layer = CrossAttention(width=8, heads=2, memory_width=6)
    >>> layer(torch.zeros(3, 4, 8), torch.zeros(3, 5, 6)).shape
    torch.Size([3, 4, 8])
    """

    def __init__(self, *, width: int, heads: int, memory_width: int | None = None, dropout: float = 0.0) -> None:
        super().__init__()
        memory_width = width if memory_width is None else memory_width
        check_at_least("CrossAttention", 1, width=width, heads=heads, memory_width=memory_width)
        check_divides("CrossAttention", width, heads=heads)
        check_between("CrossAttention", 0, 1, include_high=False, dropout=dropout)
        self.width, self.memory_width, self.heads, self.dropout = width, memory_width, heads, dropout
        self.ask = nn.Linear(width, width)
        self.look = nn.Linear(memory_width, 2 * width)
        self.mix = nn.Linear(width, width)

    def forward(self, x_BQW: Tensor, memory_BKM: Tensor, mask_BK: Tensor | None = None) -> Tensor:
        """Return what each place found, shape ``(B, Q, W)``; `mask_BK` is true where there is something to look at."""
        found_BNQD = attention(
            *self.views(x_BQW, memory_BKM),
            mask=None if mask_BK is None else mask_BK[:, None, None, :],
            dropout=self.dropout if self.training else 0.0,
        )
        return self.mix(found_BNQD.transpose(1, 2).flatten(2))

    def views(self, x_BQW: Tensor, memory_BKM: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries ``(B, N, Q, D)``, and keys and values ``(B, N, K, D)``."""
        check_dimensions("CrossAttention", 3, x=x_BQW, memory=memory_BKM)
        check_size("CrossAttention", 2, self.width, x=x_BQW)
        check_size("CrossAttention", 2, self.memory_width, memory=memory_BKM)
        check_size("CrossAttention", 0, len(x_BQW), memory=memory_BKM)
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in (self.ask(x_BQW), *self.look(memory_BKM).chunk(2, dim=2))
        )
        return query, key, value

    def weights(self, x_BQW: Tensor, memory_BKM: Tensor, mask_BK: Tensor | None = None) -> Tensor:
        """Return how much each place takes of each, shape ``(B, N, Q, K)``; for looking at, as it costs memory."""
        query, key, _ = self.views(x_BQW, memory_BKM)
        return attention_weights(query, key, mask=None if mask_BK is None else mask_BK[:, None, None, :])

    @torch.no_grad()
    def copy_from_torch(self, theirs: nn.MultiheadAttention) -> CrossAttention:
        """Take over the weights of a torch layer of the same sizes, and return this one."""
        for mine, their in self._pairs(theirs):
            mine.copy_(their)
        return self

    @torch.no_grad()
    def copy_to_torch(self, theirs: nn.MultiheadAttention) -> nn.MultiheadAttention:
        """Write these weights into a torch layer of the same sizes, and return it."""
        for mine, their in self._pairs(theirs):
            their.copy_(mine)
        return theirs

    def _pairs(self, theirs: nn.MultiheadAttention) -> list[tuple[Tensor, Tensor]]:
        check_exactly("CrossAttention", self.heads, "Both layers need as many heads.", heads=theirs.num_heads)
        if theirs.in_proj_weight is None:  # torch keeps three weights where the sizes differ
            query, key, value = theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight
        else:
            query, key, value = theirs.in_proj_weight.chunk(3)
        width = self.width
        pairs = [
            (self.ask.weight, query),
            (self.look.weight[:width], key),
            (self.look.weight[width:], value),
            (self.ask.bias, theirs.in_proj_bias[:width]),
            (self.look.bias, theirs.in_proj_bias[width:]),
            (self.mix.weight, theirs.out_proj.weight),
            (self.mix.bias, theirs.out_proj.bias),
        ]
        for mine, their in pairs:
            check_same_shape("CrossAttention", ours=mine, theirs=their)
        return pairs
