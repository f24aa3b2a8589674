"""GRU: a sequence read step by step into a state that two gates guard.

Letters in shapes: B batch, T time, I inputs, H hidden units, L layers times directions.

Course: RNN-14, RNN-21, RNN-24.

Source: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder"; the reset gate after the product,
as on cuDNN: the article's revision 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from glasswork.layers.gru_cell import gru_cell_formula
from glasswork.layers.rnn import check_layers, check_sequence, first_state
from glasswork.layers.unroll import unroll_layers

__all__ = ["GRU", "gru_formula"]


class GRU(nn.GRU):
    r"""Layers of GRU, on torch's kernel; weights named and laid out as ``torch.nn.GRU``'s.

    .. math:: h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    with the update gate z and the candidate n of :func:`gru_cell`.

    Args:
        inputs: features of a step, I.
        hidden: units of one direction of a layer, H.
        layers: how many layers, each reading the one below.
        bidirectional: whether each layer reads from both ends; outputs then have 2H features.
        dropout: share of the features silenced between layers in training.
        bias: whether to add the two biases.

    Shapes: ``(B, T, I)`` and the state ``(L, B, H)`` (zeros if left out) to the outputs of all steps, ``(B, T, H)``,
    and the last state, ``(L, B, H)``.

    >>> layer = GRU(inputs=2, hidden=3)
    >>> layer(torch.zeros(4, 5, 2))[0].shape, sum(p.numel() for p in layer.parameters())  # 3 * (3 * (2 + 3) + 3 + 3)
    (torch.Size([4, 5, 3]), 63)
    """

    def __init__(
        self,
        *,
        inputs: int,
        hidden: int,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        check_layers("GRU", inputs, hidden, layers, dropout)
        super().__init__(
            inputs, hidden, layers, bias=bias, batch_first=True, dropout=dropout, bidirectional=bidirectional
        )

    def forward(  # type: ignore[override]  # packed sequences are left to torch.nn
        self, x_BTI: Tensor, h_LBH: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the outputs of all steps, shape ``(B, T, H)``, and the last state, shape ``(L, B, H)``."""
        check_sequence("GRU", self, x_BTI, h_LBH)
        return super().forward(x_BTI, h_LBH)


def gru_formula(
    x_BTI: Tensor, weights: Sequence[Sequence[Tensor]], h_LBH: Tensor | None = None, *, bidirectional: bool = False
) -> tuple[Tensor, Tensor]:
    """The same as :class:`GRU` without dropout, in plain operations.

    Args:
        x_BTI: shape ``(B, T, I)``.
        weights: for each layer and direction W_ih, W_hh and, if any, the two biases: ``layer.all_weights``.
        h_LBH: shape ``(L, B, H)``; None: zeros.
        bidirectional: whether the weights come in pairs, forward and back.
    """
    h_LBH = first_state(x_BTI, weights) if h_LBH is None else h_LBH
    steps = [partial(_step, weights=one) for one in weights]
    outputs, last = unroll_layers(steps, x_BTI, h_LBH.unbind(0), bidirectional=bidirectional)
    return outputs, torch.stack(last)


def _step(x_BI: Tensor, h_BH: Tensor, *, weights: Sequence[Tensor]) -> Tensor:
    return gru_cell_formula(x_BI, h_BH, *weights)
