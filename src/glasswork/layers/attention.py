"""Attention: every place looks at all others and takes what answers its question.

Letters in shapes: B batch, N heads, Q queries, K keys, D size of a head, T time, W width.
Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least, check_between, check_dimensions, check_divides, check_size

__all__ = ["Attention", "attention", "attention_formula"]


def attention(
    query_BNQD: Tensor,
    key_BNKD: Tensor,
    value_BNKD: Tensor,
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    dropout: float = 0.0,
    scale: float | None = None,
) -> Tensor:
    r"""Scaled dot-product attention, on torch's kernel.

    .. math:: \text{attention}(Q, K, V) = \text{softmax}\Bigl(\frac{Q K^\top}{\sqrt{D}}\Bigr) V

    Args:
        query_BNQD: shape ``(B, N, Q, D)``.
        key_BNKD: shape ``(B, N, K, D)``.
        value_BNKD: shape ``(B, N, K, D)``.
        mask: true where a query may look at a key; broadcast to ``(B, N, Q, K)``. A query that may look nowhere has
            no answer: give it at least one key.
        causal: a query looks at keys up to its own place only.
        dropout: share of the attention weights silenced; the caller gives 0 outside training.
        scale: factor of the scores; None means :math:`1 / \sqrt{D}`.

    Returns:
        A mixture of values for each query, shape ``(B, N, Q, D)``.

    >>> ones = torch.ones(1, 1, 2, 1)
    >>> value = torch.tensor([2.0, 4.0]).reshape(1, 1, 2, 1)
    >>> attention(ones, ones, value).flatten().tolist()  # equal scores: the mean
    [3.0, 3.0]
    >>> attention(ones, ones, value, causal=True).flatten().tolist()  # the first place sees itself alone
    [2.0, 3.0]
    """
    return functional.scaled_dot_product_attention(
        query_BNQD, key_BNKD, value_BNKD, attn_mask=mask, dropout_p=dropout, is_causal=causal, scale=scale
    )


def attention_formula(
    query_BNQD: Tensor,
    key_BNKD: Tensor,
    value_BNKD: Tensor,
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """The same as :func:`attention` without dropout, in plain operations.

    >>> attention_formula(torch.ones(1, 1, 1, 1), torch.ones(1, 1, 1, 1), torch.tensor([[[[5.0]]]])).item()
    5.0
    """
    scale = 1 / math.sqrt(query_BNQD.shape[3]) if scale is None else scale
    scores_BNQK = query_BNQD @ key_BNKD.transpose(2, 3) * scale
    if causal:
        earlier_QK = torch.ones(scores_BNQK.shape[2:], dtype=torch.bool, device=scores_BNQK.device).tril()
        scores_BNQK = scores_BNQK.masked_fill(~earlier_QK, -math.inf)
    if mask is not None:
        scores_BNQK = scores_BNQK.masked_fill(~mask, -math.inf)
    return scores_BNQK.softmax(dim=3) @ value_BNKD


class Attention(nn.Module):
    r"""Multi-head self-attention: queries, keys and values are three linear views of the same sequence.

    Args:
        width: features of a place, W; the heads share them out.
        heads: how many questions each place asks at once, N; divides W.
        causal: a place looks at earlier places and itself only.
        dropout: share of attention weights silenced in training.

    >>> layer = Attention(width=8, heads=2)
    >>> layer(torch.zeros(3, 5, 8)).shape, sum(p.numel() for p in layer.parameters())  # 8 * 24 + 24, 8 * 8 + 8
    (torch.Size([3, 5, 8]), 288)
    """

    def __init__(self, *, width: int, heads: int, causal: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        check_at_least("Attention", 1, width=width, heads=heads)
        check_divides("Attention", width, heads=heads)
        check_between("Attention", 0, 1, include_high=False, dropout=dropout)
        self.width, self.heads, self.causal, self.dropout = width, heads, causal, dropout
        self.look = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)

    def forward(self, x_BTW: Tensor, mask_BT: Tensor | None = None) -> Tensor:
        """Return what each place found, shape ``(B, T, W)``; `mask_BT` is true where there is something to look at."""
        check_dimensions("Attention", 3, x=x_BTW)
        check_size("Attention", 2, self.width, x=x_BTW)
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.look(x_BTW).chunk(3, dim=2)
        )
        found_BNTD = attention(
            query,
            key,
            value,
            mask=None if mask_BT is None else mask_BT[:, None, None, :],
            causal=self.causal,
            dropout=self.dropout if self.training else 0.0,
        )
        return self.mix(found_BNTD.transpose(1, 2).flatten(2))
