"""TextTransformer: every token looks at all others; their mean answers.

Letters in shapes: B batch, T time (padded), W width, O outputs.
Source: Vaswani et al. 2017 (the encoder); norms before the sub-layers: Xiong et al. 2020.
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between
from glasswork.layers.padding import check_tokens, length_mask, masked_mean
from glasswork.layers.sinusoid import sinusoid
from glasswork.layers.transformer_block import TransformerBlock

__all__ = ["TextTransformer"]


class TextTransformer(nn.Module):
    r"""Token vectors plus waves for their places, blocks of attention and MLP, the mean over the text, linear head.

    .. math:: x \leftarrow x + \text{attention}(\text{norm}(x)), \qquad x \leftarrow x + \text{mlp}(\text{norm}(x)),
              \qquad y = W\, \text{mean}_t\, \text{norm}(x_t) + b

    Args:
        vocabulary: how many token codes there are, padding (0) included.
        outputs: logits or values, O.
        width: features of a token, W.
        heads: attention heads; divides W.
        layers: how many blocks.
        expansion: hidden units of a block's MLP, in multiples of W.
        activation: the class of the MLP's non-linearity.
        dropout: share silenced in training.

    >>> import torch
    >>> model = TextTransformer(vocabulary=50, outputs=2, width=8, heads=2, layers=1)
    >>> sum(p.numel() for p in model.parameters())  # 50*8 + block 872 + norm 16 + 8*2+2
    1306
    >>> model(torch.tensor([[7, 8, 9, 0]]), torch.tensor([3])).shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        *,
        vocabulary: int,
        outputs: int,
        width: int = 128,
        heads: int = 4,
        layers: int = 2,
        expansion: int = 4,
        activation: type[nn.Module] = nn.GELU,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        check_at_least("TextTransformer", 1, vocabulary=vocabulary, outputs=outputs, layers=layers)
        check_between("TextTransformer", 0, 1, include_high=False, dropout=dropout)
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=1 / math.sqrt(width))
        self.embedding.weight.data[0] = 0
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(width=width, heads=heads, expansion=expansion, activation=activation, dropout=dropout)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits or values, shape ``(B, O)``, from tokens ``(B, T)`` and lengths ``(B,)``."""
        tokens, lengths_B = check_tokens("TextTransformer", tokens, lengths)
        x_BTW = self.embedding(tokens) * math.sqrt(self.embedding.embedding_dim)
        x_BTW = self.dropout(x_BTW + sinusoid(*x_BTW.shape[1:], like=x_BTW))
        # An empty text looks at its first padding: softmax over nothing would be NaN.
        visible_BT = length_mask(lengths_B.clamp(min=1), tokens.shape[1])
        for block in self.blocks:
            x_BTW = block(x_BTW, visible_BT)
        return self.head(masked_mean(self.norm(x_BTW), length_mask(lengths_B, tokens.shape[1])))
