"""LSTM cell: one step of a memory guarded by gates that forget, admit and show.

Letters in shapes: B batch, I inputs, H hidden units.

Course: RNN-12, RNN-13, RNN-15, RNN-16, RNN-17, RNN-18.

Source: Hochreiter & Schmidhuber 1997, "Long Short-Term Memory"; forget gate: Gers, Schmidhuber & Cummins 2000.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least
from glasswork.layers.rnn_cell import check_step

__all__ = ["LSTMCell", "LSTMGates", "lstm_cell", "lstm_cell_formula", "lstm_gates"]


class LSTMGates(NamedTuple):
    """What a step's gates say, each of shape ``(B, H)``; in the order of torch's weights.

    i: how much of the candidate to admit; f: how much of the memory to keep; g: the candidate; o: how much to show.
    """

    i: Tensor
    f: Tensor
    g: Tensor
    o: Tensor


def lstm_cell(
    x_BI: Tensor,
    h_BH: Tensor,
    c_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    r"""One step, on torch's kernel: output and memory from this step's input, the output and the memory before.

    .. math:: \begin{aligned} i_t &= \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi}) \\
              f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) \\
              g_t &= \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg}) \\
              o_t &= \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho}) \\
              c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
              h_t &= o_t \odot \tanh c_t \end{aligned}

    Args:
        x_BI: this step's inputs, shape ``(B, I)``.
        h_BH: the output before, shape ``(B, H)``.
        c_BH: the memory (cell state) before, shape ``(B, H)``.
        weight_ih: the four gates' weights one below the other in the order i, f, g, o; shape ``(4H, I)``.
        weight_hh: the same for the output before, shape ``(4H, H)``.
        bias_ih: shape ``(4H,)``, or None.
        bias_hh: shape ``(4H,)``, or None.

    Returns:
        Output h and memory c, each of shape ``(B, H)``.

    >>> zero, one = torch.zeros(1, 1), torch.ones(1, 1)
    >>> h, c = lstm_cell(zero, zero, 0.8 * one, torch.zeros(4, 1), torch.zeros(4, 1))  # gates 1/2, candidate 0
    >>> print(f"{c.item():.2f} {h.item():.4f}")  # 0.8 / 2; tanh(0.4) / 2
    0.40 0.1900
    """
    return torch.lstm_cell(x_BI, (h_BH, c_BH), weight_ih, weight_hh, bias_ih, bias_hh)


def lstm_gates(
    x_BI: Tensor,
    h_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> LSTMGates:
    """Return what the gates of a step say; the arguments are :func:`lstm_cell`'s."""
    a_BG = functional.linear(x_BI, weight_ih, bias_ih) + functional.linear(h_BH, weight_hh, bias_hh)
    i, f, g, o = a_BG.chunk(4, dim=1)
    return LSTMGates(i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid())


def lstm_cell_formula(
    x_BI: Tensor,
    h_BH: Tensor,
    c_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The same as :func:`lstm_cell`, in plain operations."""
    i, f, g, o = lstm_gates(x_BI, h_BH, weight_ih, weight_hh, bias_ih, bias_hh)
    c_BH = f * c_BH + i * g
    return o * c_BH.tanh(), c_BH


class LSTMCell(nn.LSTMCell):
    r"""One step of an LSTM; the weights are named and laid out as ``torch.nn.LSTMCell``'s.

    .. math:: c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh c_t

    Args:
        inputs: features of a step, I.
        hidden: units of the output and of the memory, H.
        bias: whether to add the two biases.

    Shapes: ``(B, I)`` and the pair h, c of ``(B, H)`` (zeros if left out) to the new pair.

    >>> cell = LSTMCell(inputs=2, hidden=3)
    >>> h, c = cell(torch.zeros(5, 2))
    >>> h.shape, c.shape, sum(p.numel() for p in cell.parameters())  # 4 * (3 * (2 + 3) + 3 + 3)
    (torch.Size([5, 3]), torch.Size([5, 3]), 84)
    """

    def __init__(self, *, inputs: int, hidden: int, bias: bool = True) -> None:
        check_at_least("LSTMCell", 1, inputs=inputs, hidden=hidden)
        super().__init__(inputs, hidden, bias=bias)

    def forward(self, x_BI: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Return output and memory, each of shape ``(B, H)``."""
        h_BH, c_BH = (None, None) if state is None else state
        h_BH = check_step("LSTMCell", self, x_BI, h_BH)
        c_BH = h_BH if c_BH is None else check_step("LSTMCell", self, x_BI, c_BH)
        return lstm_cell(x_BI, h_BH, c_BH, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)

    def gates(self, x_BI: Tensor, h_BH: Tensor | None = None) -> LSTMGates:
        """Return what the gates say of these inputs and this output before."""
        h_BH = check_step("LSTMCell", self, x_BI, h_BH)
        return lstm_gates(x_BI, h_BH, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
