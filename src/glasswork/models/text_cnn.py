"""TextCNN: looks for telling phrases of a few lengths anywhere in a text.

Letters in shapes: B batch, T time (padded), W embedding width, K phrase length, F filters, O outputs.
Source: Kim 2014, "Convolutional Neural Networks for Sentence Classification".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least, check_between
from glasswork.layers.padding import check_tokens, length_mask, masked_max

__all__ = ["TextCNN"]


class TextCNN(nn.Module):
    r"""Embedding, one convolution for each phrase length, the strongest match of each filter, dropout, linear head.

    .. math:: m_f = \max_t\; \text{ReLU}\Bigl(b_f + \sum_{k=0}^{K-1} w_{fk} \cdot e_{t+k}\Bigr), \qquad y = W m + b

    Args:
        vocabulary: how many token codes there are, padding (0) included.
        outputs: logits or values, O.
        embedding: width of a token's vector, W.
        lengths_of_phrases: how many tokens each kind of filter sees, K.
        filters: filters of each kind, F.
        dropout: share of the matches silenced in training.

    Phrases may begin at any token; past the text's end they see zeros, however long the padding is.

    >>> model = TextCNN(vocabulary=50, outputs=2, embedding=4, lengths_of_phrases=[2, 3], filters=5)
    >>> sum(p.numel() for p in model.parameters())  # 50*4 + (2*4*5+5) + (3*4*5+5) + 10*2+2
    332
    >>> model(torch.tensor([[7, 8, 9, 0]]), torch.tensor([3])).shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        *,
        vocabulary: int,
        outputs: int,
        embedding: int = 128,
        lengths_of_phrases: Sequence[int] = (3, 4, 5),
        filters: int = 100,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        check_at_least("TextCNN", 1, vocabulary=vocabulary, outputs=outputs, embedding=embedding, filters=filters)
        check_at_least("TextCNN", 1, lengths_of_phrases=min(lengths_of_phrases, default=0))
        check_between("TextCNN", 0, 1, include_high=False, dropout=dropout)
        self.lengths_of_phrases = tuple(lengths_of_phrases)
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)  # torch's own, four times as large, drown what is learned
        self.embedding.weight.data[0] = 0
        self.convolutions = nn.ModuleList(nn.Conv1d(embedding, filters, length) for length in lengths_of_phrases)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(filters * len(lengths_of_phrases), outputs)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits or values, shape ``(B, O)``, from tokens ``(B, T)`` and lengths ``(B,)``."""
        tokens, lengths_B = check_tokens("TextCNN", tokens, lengths)
        mask_BT = length_mask(lengths_B, tokens.shape[1])
        x_BTW = self.embedding(tokens) * mask_BT.unsqueeze(2)
        strongest = []
        for length, convolution in zip(self.lengths_of_phrases, self.convolutions, strict=True):
            x_BWT = functional.pad(x_BTW.transpose(1, 2), (0, length - 1))
            match_BFT = convolution(x_BWT).relu()
            strongest.append(masked_max(match_BFT.transpose(1, 2), mask_BT))
        return self.head(self.dropout(torch.cat(strongest, dim=1)))
