"""Transformer block: look around, then think; each step adds to what is already known.

Letters in shapes: B batch, T time, W width.

Course: TRF-01, TRF-02, TRF-04, TRF-11, TRF-14, TRF-16.

Source: Vaswani et al. 2017; norms before the sub-layers ("pre-norm"): Xiong et al. 2020.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_dimensions, check_size
from glasswork.layers.attention import Attention

__all__ = ["TransformerBlock"]


class TransformerBlock(nn.Module):
    r"""One pre-norm block: attention, then a small MLP, each on what a norm has made even, each added to what it got.

    .. math:: y = x + \text{attention}(\text{norm}(x)), \qquad z = y + W_2 f(W_1 \text{norm}(y) + b_1) + b_2

    Args:
        width: features of a place, W.
        heads: attention heads; divides W.
        expansion: the MLP's hidden units, in multiples of W.
        activation: the class of the MLP's non-linearity.
        causal: a place looks at earlier places and itself only.
        dropout: share silenced in training: attention weights and both additions.

    >>> import torch
    >>> block = TransformerBlock(width=8, heads=2)
    >>> block(torch.zeros(3, 5, 8)).shape, sum(p.numel() for p in block.parameters())
    (torch.Size([3, 5, 8]), 872)
    """

    def __init__(
        self,
        *,
        width: int,
        heads: int,
        expansion: int = 4,
        activation: type[nn.Module] = nn.GELU,
        causal: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_at_least("TransformerBlock", 1, expansion=expansion)
        check_between("TransformerBlock", 0, 1, include_high=False, dropout=dropout)
        self.norm_before_attention = nn.LayerNorm(width)
        self.attention = Attention(width=width, heads=heads, causal=causal, dropout=dropout)
        self.norm_before_mlp = nn.LayerNorm(width)
        self.widen = nn.Linear(width, expansion * width)
        self.activation = activation()
        self.narrow = nn.Linear(expansion * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x_BTW: Tensor, mask_BT: Tensor | None = None) -> Tensor:
        """Return the sequence with what was found added, shape ``(B, T, W)``."""
        check_dimensions("TransformerBlock", 3, x=x_BTW)
        check_size("TransformerBlock", 2, self.attention.width, x=x_BTW)
        x_BTW = x_BTW + self.dropout(self.attention(self.norm_before_attention(x_BTW), mask_BT))
        thought_BTW = self.narrow(self.activation(self.widen(self.norm_before_mlp(x_BTW))))
        return x_BTW + self.dropout(thought_BTW)
