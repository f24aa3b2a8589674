"""Bag of words: how often each word stands in a text, whatever the order.

Letters in shapes: B batch, T time (padded), V vocabulary.

Course: RNN-26, RNN-28.

Source: Harris 1954, "Distributional Structure"; the worked table: Raschka & Mirjalili, "Python Machine Learning".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least
from glasswork.layers.padding import check_tokens, length_mask

__all__ = ["BagOfWords", "bag_of_words"]

WORD = re.compile(r"\w+(?:['’]\w+)*")


class BagOfWords(nn.Module):
    r"""Count the codes of each text.

    .. math:: n_{bv} = \sum_{t < \text{length}_b} [\text{token}_{bt} = v]

    Any other order of the same words gives the same counts, so nothing behind it can tell them apart.

    Args:
        vocabulary: how many codes there are, V.

    Shapes: tokens ``(B, T)`` and lengths ``(B,)`` to counts ``(B, V)``. Without lengths, a text ends behind its last
    token that is not 0.

    >>> BagOfWords(vocabulary=4)(torch.tensor([[2, 3, 2, 0]])).tolist()
    [[0.0, 0.0, 2.0, 1.0]]
    """

    def __init__(self, *, vocabulary: int) -> None:
        super().__init__()
        check_at_least("BagOfWords", 1, vocabulary=vocabulary)
        self.vocabulary = vocabulary

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return counts as floating-point numbers, shape ``(B, V)``."""
        tokens, lengths_B = check_tokens("BagOfWords", tokens, lengths)
        there_BT = length_mask(lengths_B, tokens.shape[1]).to(torch.get_default_dtype())
        counts_BV = there_BT.new_zeros(len(tokens), self.vocabulary)
        return counts_BV.scatter_add(1, tokens, there_BT)


def bag_of_words(documents: Sequence[str], *, lower: bool = True) -> tuple[dict[str, int], Tensor]:
    """Return the vocabulary of some texts in alphabetical order, and their table of counts.

    Args:
        documents: the texts; punctuation is left out.
        lower: whether capital letters count as small ones.

    Returns:
        The column of each word, and the counts, shape ``(B, V)``.

    >>> bag_of_words(["So good, so far", "so bad"])
    ({'bad': 0, 'far': 1, 'good': 2, 'so': 3}, tensor([[0., 1., 1., 2.],
            [1., 0., 0., 1.]]))
    """
    texts = [WORD.findall(one.lower() if lower else one) for one in documents]
    columns = {word: column for column, word in enumerate(sorted({word for text in texts for word in text}))}
    lengths = torch.tensor([len(text) for text in texts], dtype=torch.int64)
    tokens = torch.zeros(len(texts), max(map(len, texts), default=0), dtype=torch.int64)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = torch.tensor([columns[word] for word in text], dtype=torch.int64)
    return columns, BagOfWords(vocabulary=max(1, len(columns)))(tokens, lengths)
