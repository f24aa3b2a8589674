"""NGrams: a bag of n-grams that starts as naive Bayes and is corrected by gradient descent.

Letters in shapes: N training texts, B batch, T codes of a text (padded), V vocabulary, O outputs.
Source: Wang & Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification" (a linear model
on naive-Bayes ratios, and their interpolation of both).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.layers.padding import check_tokens, length_mask

if TYPE_CHECKING:
    from glasswork.data import Ragged

__all__ = ["NGrams"]


class NGrams(nn.Module):
    r"""Sum a weight for each n-gram that a text holds.

    .. math:: z_o = b_o + \sum_{g \in \text{text}} r_{go}\,(s + \delta_{go}), \qquad
              r_{go} = \log \frac{(n_{go} + \alpha) / (n_o + 2\alpha)}
                                 {(n_{g\bar o} + \alpha) / (n_{\bar o} + 2\alpha)}

    where :math:`n_{go}` of the :math:`n_o` training texts of class o hold g, and :math:`\bar o` means all other
    classes. The ratios r are a buffer that :meth:`fit` sets; s, b and the corrections :math:`\delta` (0 at first) are
    learned. So the model begins as naive Bayes, made modest: its scores on the training texts have deviation
    `spread`. Hiding most n-grams at each step keeps it from leaning on a few.

    A text is the set of its codes; a code that stands there twice counts twice. For values instead of classes, or
    without :meth:`fit`, all ratios are alike: a plain linear model on a bag.

    Args:
        vocabulary: how many codes there are, V; 0 is padding.
        outputs: logits or values, O.
        feature_dropout: share of a text's n-grams hidden in training.
        spread: deviation of the first scores.
        smoothing: added to all counts, :math:`\alpha`.

    >>> from glasswork.data import Ragged
    >>> model = NGrams(vocabulary=5, outputs=2)
    >>> sum(p.numel() for p in model.parameters())  # 5*2 corrections, 2 biases, 1 scale
    13
    >>> texts = Ragged(np.array([2, 3, 2, 4]), np.array([0, 2, 4]))  # 2 3, and 2 4
    >>> _ = model.fit(texts, np.array([0, 1]), np.array([0, 1]))
    >>> model.ratio[3].exp()  # code 3 is in all texts of class 0 and in none of 1: (1+1)/(1+2) : (0+1)/(1+2)
    tensor([2.0000, 0.5000])
    """

    ratio: Tensor

    def __init__(
        self,
        *,
        vocabulary: int,
        outputs: int,
        feature_dropout: float = 0.7,
        spread: float = 1.5,
        smoothing: float = 1.0,
    ) -> None:
        super().__init__()
        check_at_least("NGrams", 1, vocabulary=vocabulary, outputs=outputs)
        check_between("NGrams", 0, 1, include_high=False, feature_dropout=feature_dropout)
        check_above("NGrams", 0, spread=spread, smoothing=smoothing)
        self.vocabulary, self.outputs = vocabulary, outputs
        self.feature_dropout, self.spread, self.smoothing = feature_dropout, spread, smoothing
        self.correction = nn.Parameter(torch.zeros(vocabulary, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = nn.Parameter(torch.zeros(()))
        self.register_buffer("ratio", torch.ones(vocabulary, outputs))

    @torch.no_grad()
    def fit(self, tokens: Ragged, rows: np.ndarray, targets: np.ndarray) -> NGrams:
        """Take ratios, scale and bias from training texts; return itself.

        Args:
            tokens: all texts.
            rows: which of them are training texts, shape ``(N,)``.
            targets: of all texts, class numbers or values.
        """
        flat, ends = _gather(tokens, rows)
        text = np.repeat(np.arange(len(rows)), np.diff(ends, prepend=0))
        if not np.issubdtype(targets.dtype, np.integer):
            self.ratio.fill_(1 / max(1.0, len(flat) / max(1, len(rows))) ** 0.5)
            return self
        labels = np.asarray(targets)[rows].reshape(-1)
        pairs = text * self.vocabulary + flat
        if not (pairs[1:] > pairs[:-1]).all():
            pairs = np.unique(pairs)  # a text holds an n-gram or not
        cells = pairs % self.vocabulary * self.outputs + labels[pairs // self.vocabulary]
        held_VO = np.bincount(cells, minlength=self.vocabulary * self.outputs).reshape(-1, self.outputs)
        texts_O = np.bincount(labels, minlength=self.outputs)
        held_V1, texts, alpha = held_VO.sum(1, keepdims=True), texts_O.sum(), self.smoothing
        inside_VO = (held_VO + alpha) / (texts_O + 2 * alpha)
        outside_VO = (held_V1 - held_VO + alpha) / (texts - texts_O + 2 * alpha)
        ratio_VO = np.where(held_V1 > 0, np.log(inside_VO / outside_VO), 0)
        self.ratio.copy_(torch.from_numpy(ratio_VO))
        self.correction.zero_()
        # Long texts add up many ratios: no fixed scale would suit all data, and most would be far too sure.
        starts = torch.from_numpy(ends - np.diff(ends, prepend=0))
        scores_NO = functional.embedding_bag(torch.from_numpy(flat), torch.from_numpy(ratio_VO), starts, mode="sum")
        scale = self.spread / scores_NO.std(correction=0).clamp(min=1e-6)
        prior_O = torch.from_numpy(np.log(texts_O + 1.0))
        self.scale.copy_(scale)
        self.bias.copy_(prior_O - prior_O.mean() - scale * scores_NO.mean(0))
        return self

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits or values, shape ``(B, O)``, from codes ``(B, T)`` and lengths ``(B,)``."""
        tokens, lengths_B = check_tokens("NGrams", tokens, lengths)
        there_BT = length_mask(lengths_B, tokens.shape[1]).to(self.ratio.dtype)
        if self.training and self.feature_dropout:
            there_BT = functional.dropout(there_BT, self.feature_dropout)
        weight_VO = self.ratio * (self.scale + self.correction)
        return self.bias + functional.embedding_bag(tokens, weight_VO, per_sample_weights=there_BT, mode="sum")


def _gather(tokens: Ragged, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The codes of the chosen texts end to end, and where each of them ends."""
    lengths = tokens.offsets[rows + 1] - tokens.offsets[rows]
    ends = np.cumsum(lengths)
    place = np.arange(lengths.sum()) + np.repeat(tokens.offsets[rows] - (ends - lengths), lengths)
    return tokens.flat[place].astype(np.int64), ends.astype(np.int64)
