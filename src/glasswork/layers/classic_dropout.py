"""Classic dropout: units fall silent in training, and all are turned down at prediction.

Course: REG-05.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_between

__all__ = ["ClassicDropout", "classic_dropout_formula"]


class ClassicDropout(nn.Module):
    r"""Silences each unit with probability p in training, and multiplies all by 1 - p at prediction.

    .. math:: y_i = \begin{cases} m_i\,x_i, \quad P(m_i = 1) = 1 - p & \text{in training} \\
              (1 - p)\,x_i & \text{at prediction} \end{cases}

    To multiply what comes out by :math:`1 - p` is to multiply the weights that it meets next: :math:`W (1 - p)`,
    for instance 0.8 W at p = 0.2.

    Args:
        p: the share silenced; in [0, 1).

    Shapes: any shape in, the same shape out.

    Source: Hinton et al. 2012, "Improving Neural Networks by Preventing Co-Adaptation of Feature Detectors".

    Differs from ``torch.nn.Dropout``, and from `Dropout`, which scale in training by 1 / (1 - p) instead.

    >>> ClassicDropout(0.2).eval()(torch.ones(2))
    tensor([0.8000, 0.8000])
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        check_between("ClassicDropout", 0, 1, include_high=False, p=p)
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` with units silenced in training, turned down at prediction."""
        return x * torch.empty_like(x).bernoulli_(1 - self.p) if self.training else x * (1 - self.p)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"p={self.p}"


def classic_dropout_formula(x: Tensor, keep: Tensor) -> Tensor:
    """The training step in plain operations; `keep` says which units are heard, True with probability 1 - p.

    >>> classic_dropout_formula(torch.tensor([1.0, 2.0]), torch.tensor([True, False]))
    tensor([1., 0.])
    """
    return x * keep
