"""GRU cell: one step of a state that two gates guard, without a memory beside it.

Letters in shapes: B batch, I inputs, H hidden units.

Course: RNN-14, RNN-19, RNN-20, RNN-21.

Source: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder"; the reset gate after the product,
as on cuDNN: the article's revision 3.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least
from glasswork.layers.rnn_cell import check_step

__all__ = ["GRUCell", "GRUGates", "gru_cell", "gru_cell_formula", "gru_gates"]


class GRUGates(NamedTuple):
    """What a step's gates say, each of shape ``(B, H)``; in the order of torch's weights.

    r: how much of the past the candidate sees; z: how much of the state to keep; n: the candidate.
    """

    r: Tensor
    z: Tensor
    n: Tensor


def gru_cell(
    x_BI: Tensor,
    h_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> Tensor:
    r"""One step, on torch's kernel: the new state mixes the old one with a candidate.

    .. math:: \begin{aligned} r_t &= \sigma(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr}) \\
              z_t &= \sigma(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz}) \\
              n_t &= \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
              h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1} \end{aligned}

    Args:
        x_BI: this step's inputs, shape ``(B, I)``.
        h_BH: the state before, shape ``(B, H)``.
        weight_ih: the weights of r, z, n one below the other, shape ``(3H, I)``.
        weight_hh: the same for the state before, shape ``(3H, H)``.
        bias_ih: shape ``(3H,)``, or None.
        bias_hh: shape ``(3H,)``, or None.

    Returns:
        The new state, shape ``(B, H)``.

    Differs from :func:`reset_before_gru_cell`, where the reset gate acts on the state before its product with the
    weights. Here z = 1 keeps the state; some books have z and 1 - z the other way round.

    >>> zero, one = torch.zeros(1, 1), torch.ones(1, 1)
    >>> gru_cell(zero, 0.5 * one, torch.zeros(3, 1), torch.zeros(3, 1)).item()  # z = 1/2, candidate 0
    0.25
    """
    return torch.gru_cell(x_BI, h_BH, weight_ih, weight_hh, bias_ih, bias_hh)


def gru_gates(
    x_BI: Tensor,
    h_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> GRUGates:
    """Return what the gates of a step say; the arguments are :func:`gru_cell`'s."""
    r_x, z_x, n_x = functional.linear(x_BI, weight_ih, bias_ih).chunk(3, dim=1)
    r_h, z_h, n_h = functional.linear(h_BH, weight_hh, bias_hh).chunk(3, dim=1)
    r = (r_x + r_h).sigmoid()
    return GRUGates(r, (z_x + z_h).sigmoid(), (n_x + r * n_h).tanh())


def gru_cell_formula(
    x_BI: Tensor,
    h_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> Tensor:
    """The same as :func:`gru_cell`, in plain operations."""
    _, z, n = gru_gates(x_BI, h_BH, weight_ih, weight_hh, bias_ih, bias_hh)
    return (1 - z) * n + z * h_BH


class GRUCell(nn.GRUCell):
    r"""One step of a GRU; the weights are named and laid out as ``torch.nn.GRUCell``'s.

    .. math:: h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    Args:
        inputs: features of a step, I.
        hidden: units of the state, H.
        bias: whether to add the two biases.

    Shapes: ``(B, I)`` and the state ``(B, H)`` (zeros if left out) to the new state ``(B, H)``.

    >>> cell = GRUCell(inputs=2, hidden=3)
    >>> cell(torch.zeros(5, 2)).shape, sum(p.numel() for p in cell.parameters())  # 3 * (3 * (2 + 3) + 3 + 3)
    (torch.Size([5, 3]), 63)
    """

    def __init__(self, *, inputs: int, hidden: int, bias: bool = True) -> None:
        check_at_least("GRUCell", 1, inputs=inputs, hidden=hidden)
        super().__init__(inputs, hidden, bias=bias)

    def forward(self, x_BI: Tensor, h_BH: Tensor | None = None) -> Tensor:
        """Return the new state, shape ``(B, H)``."""
        h_BH = check_step("GRUCell", self, x_BI, h_BH)
        return gru_cell(x_BI, h_BH, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)

    def gates(self, x_BI: Tensor, h_BH: Tensor | None = None) -> GRUGates:
        """Return what the gates say of these inputs and this state before."""
        h_BH = check_step("GRUCell", self, x_BI, h_BH)
        return gru_gates(x_BI, h_BH, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
