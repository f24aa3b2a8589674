"""Attention: every place looks at all others and takes what answers its question.

Letters in shapes: B batch, N heads, Q queries, K keys, D size of a head, T time, W width.

Course: TRF-03, TRF-04, TRF-05, TRF-06, TRF-07, TRF-08, TRF-09, TRF-12, TRF-13, TRF-15.

Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import (
    check_at_least,
    check_between,
    check_dimensions,
    check_divides,
    check_exactly,
    check_same_shape,
    check_size,
)

__all__ = ["Attention", "attention", "attention_formula", "attention_scores", "attention_weights", "causal_mask"]


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
        causal: a query looks at keys up to its own place only (:func:`causal_mask`); with `mask`, where both allow.
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
    _check_parts("attention", query_BNQD, key_BNKD, mask)
    check_size("attention", -2, key_BNKD.shape[-2], value=value_BNKD)
    if causal and mask is not None:  # the kernel takes one or the other
        mask, causal = mask & causal_mask(query_BNQD.shape[-2], key_BNKD.shape[-2], device=query_BNQD.device), False
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
    return attention_weights(query_BNQD, key_BNKD, mask=mask, causal=causal, scale=scale) @ value_BNKD


def attention_scores(query_BNQD: Tensor, key_BNKD: Tensor, *, scale: float | None = None) -> Tensor:
    r"""Return how well each key answers each query, shape ``(B, N, Q, K)``.

    .. math:: s = \frac{Q K^\top}{\sqrt{D}}

    Entries of mean 0 and variance 1 have products of variance D: without the root, softmax would soon be all or
    nothing, and its gradient nothing.

    >>> attention_scores(torch.tensor([[3.0, 4.0]]), torch.tensor([[2.0, 1.0]]), scale=0.5).item()  # (6 + 4) / 2
    5.0
    """
    _check_parts("attention_scores", query_BNQD, key_BNKD)
    scale = 1 / math.sqrt(query_BNQD.shape[-1]) if scale is None else scale
    return query_BNQD @ key_BNKD.transpose(-2, -1) * scale


def attention_weights(
    query_BNQD: Tensor,
    key_BNKD: Tensor,
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Return how much each query takes of each key's value, shape ``(B, N, Q, K)``; each row sums to 1.

    >>> attention_weights(torch.zeros(3, 2), torch.zeros(3, 2), causal=True)
    tensor([[1.0000, 0.0000, 0.0000],
            [0.5000, 0.5000, 0.0000],
            [0.3333, 0.3333, 0.3333]])
    """
    _check_parts("attention_weights", query_BNQD, key_BNKD, mask)
    scores_BNQK = attention_scores(query_BNQD, key_BNKD, scale=scale)
    if causal:
        earlier_QK = causal_mask(*scores_BNQK.shape[-2:], device=scores_BNQK.device)
        mask = earlier_QK if mask is None else mask & earlier_QK
    if mask is not None:
        scores_BNQK = scores_BNQK.masked_fill(~mask, -math.inf)
    return scores_BNQK.softmax(dim=-1)


def causal_mask(queries: int, keys: int, *, device: torch.device | None = None) -> Tensor:
    """Return which places each query may look at: its own and those before, shape ``(Q, K)``.

    >>> causal_mask(2, 3).int().tolist()
    [[1, 0, 0], [1, 1, 0]]
    """
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril()


def _check_parts(who: str, query: Tensor, key: Tensor, mask: Tensor | None = None) -> None:
    if query.dim() < 2 or key.dim() < 2:
        check_dimensions(who, (2, 3, 4), query=query, key=key)
    check_size(who, -1, query.shape[-1], key=key)
    if mask is not None and mask.shape[-1:] != (1,):
        check_size(who, -1, key.shape[-2], mask=mask)


class Attention(nn.Module):
    r"""Multi-head self-attention: queries, keys and values are three linear views of the same sequence.

    .. math:: \text{head}_n = \text{attention}(X W_n^Q, X W_n^K, X W_n^V), \qquad
              Y = [\text{head}_1, \dots, \text{head}_N]\, W^O

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
        found_BNTD = attention(
            *self.views(x_BTW),
            mask=None if mask_BT is None else mask_BT[:, None, None, :],
            causal=self.causal,
            dropout=self.dropout if self.training else 0.0,
        )
        return self.mix(found_BNTD.transpose(1, 2).flatten(2))

    def views(self, x_BTW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values of all heads, each of shape ``(B, N, T, D)``."""
        check_dimensions("Attention", 3, x=x_BTW)
        check_size("Attention", 2, self.width, x=x_BTW)
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.look(x_BTW).chunk(3, dim=2)
        )
        return query, key, value

    def weights(self, x_BTW: Tensor, mask_BT: Tensor | None = None) -> Tensor:
        """Return how much each place takes of each, shape ``(B, N, T, T)``; for looking at, as it costs memory."""
        query, key, _ = self.views(x_BTW)
        mask = None if mask_BT is None else mask_BT[:, None, None, :]
        return attention_weights(query, key, mask=mask, causal=self.causal)

    @torch.no_grad()
    def copy_from_torch(self, theirs: nn.MultiheadAttention) -> Attention:
        """Take over the weights of a torch layer of the same width and heads, and return this one."""
        for mine, their in self._pairs(theirs):
            mine.copy_(their)
        return self

    @torch.no_grad()
    def copy_to_torch(self, theirs: nn.MultiheadAttention) -> nn.MultiheadAttention:
        """Write these weights into a torch layer of the same width and heads, and return it."""
        for mine, their in self._pairs(theirs):
            their.copy_(mine)
        return theirs

    def _pairs(self, theirs: nn.MultiheadAttention) -> list[tuple[Tensor, Tensor]]:
        check_exactly("Attention", self.heads, "Both layers need as many heads.", heads=theirs.num_heads)
        pairs = [
            (self.look.weight, theirs.in_proj_weight),
            (self.look.bias, theirs.in_proj_bias),
            (self.mix.weight, theirs.out_proj.weight),
            (self.mix.bias, theirs.out_proj.bias),
        ]
        for mine, their in pairs:
            check_same_shape("Attention", ours=mine, theirs=their)
        return pairs
