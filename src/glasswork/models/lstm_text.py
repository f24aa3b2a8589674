"""LSTMText: a text read from both ends by a memory guarded by gates.

Letters in shapes: B batch, T time (padded), W embedding width, H hidden units of one direction, O outputs.
Source: LSTM: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000;
read from both ends: Schuster & Paliwal 1997.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between
from glasswork.layers.bidirectional import Bidirectional
from glasswork.layers.padding import check_tokens, length_mask, masked_max, masked_mean

__all__ = ["LSTMText"]


class LSTMText(nn.Module):
    r"""Embedding, bidirectional LSTM, mean and maximum over the text, dropout, linear head.

    .. math:: c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh c_t

    with the gates i, f, o and the candidate g computed from the token and from :math:`h_{t-1}`.

    Args:
        vocabulary: how many token codes there are, padding (0) included.
        outputs: logits or values, O.
        embedding: width of a token's vector, W.
        hidden: units of each direction, H.
        layers: how many LSTMs lie on one another.
        dropout: share silenced in training: of the embeddings, between layers and before the head.

    >>> model = LSTMText(vocabulary=50, outputs=2, embedding=4, hidden=3)
    >>> sum(p.numel() for p in model.parameters())  # 50*4 + 2 * 4*3*(4+3+2) + 12*2+2
    442
    >>> model(torch.tensor([[7, 8, 9, 0]]), torch.tensor([3])).shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        *,
        vocabulary: int,
        outputs: int,
        embedding: int = 128,
        hidden: int = 128,
        layers: int = 1,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        check_at_least("LSTMText", 1, vocabulary=vocabulary, outputs=outputs, embedding=embedding)
        check_between("LSTMText", 0, 1, include_high=False, dropout=dropout)
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)  # torch's own, four times as large, drown what is learned
        self.embedding.weight.data[0] = 0
        self.readers = Bidirectional(nn.LSTM, inputs=embedding, hidden=hidden, layers=layers, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(4 * hidden, outputs)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits or values, shape ``(B, O)``, from tokens ``(B, T)`` and lengths ``(B,)``."""
        tokens, lengths_B = check_tokens("LSTMText", tokens, lengths)
        mask_BT = length_mask(lengths_B, tokens.shape[1])
        read_BTH = self.readers(self.dropout(self.embedding(tokens)), lengths_B)
        seen_BH = torch.cat([masked_mean(read_BTH, mask_BT), masked_max(read_BTH, mask_BT)], dim=1)
        return self.head(self.dropout(seen_BH))
