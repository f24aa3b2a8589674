"""Bidirectional: a recurrent layer read from both ends, each sequence from its own last step.

Letters in shapes: B batch, T time (padded), I inputs, H hidden units of one direction.

Course: RNN-22, RNN-29.

Source: Schuster & Paliwal 1997, "Bidirectional Recurrent Neural Networks".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_dimensions, check_size
from glasswork.layers.padding import reverse_by_length

__all__ = ["Bidirectional"]


class Bidirectional(nn.Module):
    r"""Read a sequence forward and backward and set both results side by side at each step.

    .. math:: y_t = [\overrightarrow{h}_t, \overleftarrow{h}_t], \qquad
              \overrightarrow{h}_t = \text{step}(x_t, \overrightarrow{h}_{t-1}), \quad
              \overleftarrow{h}_t = \text{step}(x_t, \overleftarrow{h}_{t+1})

    The backward reader gets each sequence turned round within its length, so padding comes last for both readers and
    cannot reach anything before it. Equals ``torch.nn.LSTM(bidirectional=True)`` on packed sequences, needs no
    sorting and no lengths on the host, and is about twice as fast as packing on a CPU.

    Args:
        kind: ``torch.nn.LSTM`` or ``torch.nn.GRU``.
        inputs: features of a step, I.
        hidden: units of each direction, H.
        layers: how many such layers, each reading the one below.
        dropout: share of the features silenced between layers in training.

    >>> layer = Bidirectional(nn.GRU, inputs=3, hidden=4)
    >>> layer(torch.zeros(2, 5, 3), torch.tensor([5, 2])).shape
    torch.Size([2, 5, 8])
    """

    def __init__(
        self, kind: type[nn.LSTM] | type[nn.GRU], *, inputs: int, hidden: int, layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__()
        check_at_least("Bidirectional", 1, inputs=inputs, hidden=hidden, layers=layers)
        check_between("Bidirectional", 0, 1, include_high=False, dropout=dropout)
        sizes = [inputs] + [2 * hidden] * (layers - 1)
        self.size = inputs
        self.forward_readers = nn.ModuleList(kind(size, hidden, batch_first=True) for size in sizes)
        self.backward_readers = nn.ModuleList(kind(size, hidden, batch_first=True) for size in sizes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x_BTI: Tensor, lengths_B: Tensor) -> Tensor:
        """Return both readings, shape ``(B, T, 2H)``; what stands behind a sequence's end has no meaning."""
        check_dimensions("Bidirectional", 3, x=x_BTI)
        check_size("Bidirectional", 2, self.size, x=x_BTI)
        h_BTI = x_BTI
        for number, (ahead, back) in enumerate(zip(self.forward_readers, self.backward_readers, strict=True)):
            if number:
                h_BTI = self.dropout(h_BTI)
            ahead_BTH, _ = ahead(h_BTI)
            back_BTH, _ = back(reverse_by_length(h_BTI, lengths_B))
            h_BTI = torch.cat([ahead_BTH, reverse_by_length(back_BTH, lengths_B)], dim=2)
        return h_BTI
