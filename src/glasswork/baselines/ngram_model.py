r"""Counts of token runs, mixed from long to short: the language model from before networks.

With Witten-Bell weights: a context seen :math:`c(h)` times with :math:`t(h)` different continuations trusts itself by
:math:`c/(c+t)` and leaves the rest to the context that is one token shorter; the shortest falls back on all tokens
alike.

.. math:: p(w \mid h) = \frac{c(h, w) + t(h)\,p(w \mid h')}{c(h) + t(h)}

Source: Witten & Bell 1991, "The zero-frequency problem"; Chen & Goodman 1998, "An empirical study of smoothing".
"""

from __future__ import annotations

import numpy as np

__all__ = ["NgramModel"]


class NgramModel:
    """Probabilities of the next token after up to ``order - 1`` tokens.

    Args:
        tokens: (T,) training codes, each below `vocabulary`.
        order: longest run that is counted.
        vocabulary: number of codes.

    >>> model = NgramModel(np.array([0, 1, 0, 1, 0]), order=2, vocabulary=2)
    >>> model.probabilities(np.array([0, 1]), np.array([1]), order=1).tolist()  # (2 + 2 * 1/2) / (5 + 2)
    [0.42857142857142855]
    """

    def __init__(self, tokens: np.ndarray, *, order: int, vocabulary: int) -> None:
        tokens = np.asarray(tokens, dtype=np.int64)
        self.vocabulary, self.runs, self.counts = vocabulary, [], []
        self.contexts, self.context_counts, self.continuations = [], [], []
        for length in range(1, order + 1):
            if vocabulary**length >= 2**62 or len(tokens) < length:
                break
            codes = _codes(tokens, np.arange(length - 1, len(tokens)), length, vocabulary)
            runs, counts = np.unique(codes, return_counts=True)
            contexts, first, continuations = np.unique(runs // vocabulary, return_index=True, return_counts=True)
            self.runs.append(runs)
            self.counts.append(counts)
            self.contexts.append(contexts)
            self.context_counts.append(np.add.reduceat(counts, first))
            self.continuations.append(continuations)

    @property
    def order(self) -> int:
        """The longest run that was counted."""
        return len(self.runs)

    def probabilities(self, tokens: np.ndarray, places: np.ndarray, *, order: int | None = None) -> np.ndarray:
        """Return p of ``tokens[place]`` given what stands before it, for each place (each at least ``order - 1``)."""
        tokens = np.asarray(tokens, dtype=np.int64)
        p = np.full(len(places), 1 / self.vocabulary)
        for length in range(1, min(order or self.order, self.order) + 1):
            codes = _codes(tokens, places, length, self.vocabulary)
            count = _look_up(self.runs[length - 1], self.counts[length - 1], codes)
            before = _look_up(self.contexts[length - 1], self.context_counts[length - 1], codes // self.vocabulary)
            kinds = _look_up(self.contexts[length - 1], self.continuations[length - 1], codes // self.vocabulary)
            seen = before > 0
            p = np.where(seen, (count + kinds * p) / np.where(seen, before + kinds, 1), p)
        return p


def _codes(tokens: np.ndarray, ends: np.ndarray, length: int, vocabulary: int) -> np.ndarray:
    """The run of `length` tokens that ends at each place, as one number, the last token in the lowest digit."""
    codes = np.zeros(len(ends), dtype=np.int64)
    for back in range(length - 1, -1, -1):
        codes = codes * vocabulary + tokens[np.maximum(ends - back, 0)]
    return codes


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)
