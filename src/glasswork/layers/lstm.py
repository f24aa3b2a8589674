"""LSTM: a sequence read step by step into a memory guarded by gates.

Letters in shapes: B batch, T time, I inputs, H hidden units, L layers times directions.

Course: RNN-03, RNN-05, RNN-06, RNN-11, RNN-12, RNN-13, RNN-18, RNN-21, RNN-22, RNN-24.

Source: Hochreiter & Schmidhuber 1997, "Long Short-Term Memory"; forget gate: Gers, Schmidhuber & Cummins 2000.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from glasswork.layers.lstm_cell import lstm_cell_formula
from glasswork.layers.rnn import check_layers, check_sequence, first_state
from glasswork.layers.unroll import unroll_layers

__all__ = ["LSTM", "lstm_formula"]


class LSTM(nn.LSTM):
    r"""Layers of LSTM, on torch's kernel; weights named and laid out as ``torch.nn.LSTM``'s.

    .. math:: \begin{aligned} c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\ h_t &= o_t \odot \tanh c_t \end{aligned}

    with the gates f, i, o and the candidate g of :func:`lstm_cell`. Where a forget gate is 1 the memory, and the
    gradient along it, pass unchanged; otherwise they shrink by it at every step.

    Args:
        inputs: features of a step, I.
        hidden: units of one direction of a layer, H.
        layers: how many layers, each reading the one below.
        bidirectional: whether each layer reads from both ends; outputs then have 2H features.
        dropout: share of the features silenced between layers in training.
        bias: whether to add the two biases.

    Shapes: ``(B, T, I)`` and the pair h, c of ``(L, B, H)`` (zeros if left out) to the outputs of all steps,
    ``(B, T, H)``, and the last pair.

    >>> layer = LSTM(inputs=2, hidden=3, bidirectional=True)
    >>> outputs, (h, c) = layer(torch.zeros(4, 5, 2))
    >>> outputs.shape, h.shape, c.shape
    (torch.Size([4, 5, 6]), torch.Size([2, 4, 3]), torch.Size([2, 4, 3]))
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
        check_layers("LSTM", inputs, hidden, layers, dropout)
        super().__init__(
            inputs, hidden, layers, bias=bias, batch_first=True, dropout=dropout, bidirectional=bidirectional
        )

    def forward(  # type: ignore[override]  # packed sequences are left to torch.nn
        self, x_BTI: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return the outputs of all steps, shape ``(B, T, H)``, and the last h and c, each ``(L, B, H)``."""
        check_sequence("LSTM", self, x_BTI, *(state or ()))
        return super().forward(x_BTI, state)


def lstm_formula(
    x_BTI: Tensor,
    weights: Sequence[Sequence[Tensor]],
    state: tuple[Tensor, Tensor] | None = None,
    *,
    bidirectional: bool = False,
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """The same as :class:`LSTM` without dropout, in plain operations.

    Args:
        x_BTI: shape ``(B, T, I)``.
        weights: for each layer and direction W_ih, W_hh and, if any, the two biases: ``layer.all_weights``.
        state: h and c, each of shape ``(L, B, H)``; None: zeros.
        bidirectional: whether the weights come in pairs, forward and back.
    """
    if state is None:
        state = first_state(x_BTI, weights), first_state(x_BTI, weights)
    steps = [partial(_step, weights=one) for one in weights]
    begin = list(zip(state[0].unbind(0), state[1].unbind(0), strict=True))
    outputs, last = unroll_layers(steps, x_BTI, begin, bidirectional=bidirectional)
    h, c = zip(*last, strict=True)
    return outputs, (torch.stack(h), torch.stack(c))


def _step(x_BI: Tensor, state: tuple[Tensor, Tensor], *, weights: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    return lstm_cell_formula(x_BI, *state, *weights)
