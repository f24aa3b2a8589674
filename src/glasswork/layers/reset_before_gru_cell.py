"""Reset-before GRU cell: the GRU as first printed, whose reset gate acts before the product with the weights.

Letters in shapes: B batch, I inputs, H hidden units.

Course: RNN-14, RNN-19.

Source: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder"; Chung et al. 2014.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least
from glasswork.layers.rnn_cell import check_step

__all__ = ["ResetBeforeGRUCell", "reset_before_gru_cell"]


def reset_before_gru_cell(
    x_BI: Tensor,
    h_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> Tensor:
    r"""One step: the candidate sees the state through the reset gate, then mixes with the state itself.

    .. math:: \begin{aligned} r_t &= \sigma(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr}) \\
              z_t &= \sigma(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz}) \\
              n_t &= \tanh(W_{in} x_t + b_{in} + W_{hn} (r_t \odot h_{t-1}) + b_{hn}) \\
              h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1} \end{aligned}

    Args and weights are :func:`gru_cell`'s. It needs a second product after the gates, which is why torch and cuDNN
    moved the gate behind it; no kernel exists.

    Returns:
        The new state, shape ``(B, H)``.

    Source: Cho et al. 2014, whose gate z keeps the state as here.
    Differs from :func:`gru_cell` as soon as H > 1 or there is a bias on the hidden side.

    >>> import torch
    >>> zero, one = torch.zeros(1, 1), torch.ones(1, 1)
    >>> reset_before_gru_cell(zero, 0.5 * one, torch.zeros(3, 1), torch.zeros(3, 1)).item()
    0.25
    """
    hidden = h_BH.shape[1]
    r_x, z_x, n_x = functional.linear(x_BI, weight_ih, bias_ih).chunk(3, dim=1)
    gates_h = functional.linear(h_BH, weight_hh[: 2 * hidden], None if bias_hh is None else bias_hh[: 2 * hidden])
    r_h, z_h = gates_h.chunk(2, dim=1)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    n_h = functional.linear(r * h_BH, weight_hh[2 * hidden :], None if bias_hh is None else bias_hh[2 * hidden :])
    n = (n_x + n_h).tanh()
    return (1 - z) * n + z * h_BH


class ResetBeforeGRUCell(nn.GRUCell):
    r"""One step of the GRU as first printed; the weights are named and laid out as ``torch.nn.GRUCell``'s.

    .. math:: n_t = \tanh(W_{in} x_t + b_{in} + W_{hn} (r_t \odot h_{t-1}) + b_{hn}), \qquad
              h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    Args:
        inputs: features of a step, I.
        hidden: units of the state, H.
        bias: whether to add the two biases.

    Shapes: ``(B, I)`` and the state ``(B, H)`` (zeros if left out) to the new state ``(B, H)``.

    >>> import torch
    >>> ResetBeforeGRUCell(inputs=2, hidden=3)(torch.zeros(5, 2)).shape
    torch.Size([5, 3])
    """

    def __init__(self, *, inputs: int, hidden: int, bias: bool = True) -> None:
        check_at_least("ResetBeforeGRUCell", 1, inputs=inputs, hidden=hidden)
        super().__init__(inputs, hidden, bias=bias)

    def forward(self, x_BI: Tensor, h_BH: Tensor | None = None) -> Tensor:
        """Return the new state, shape ``(B, H)``."""
        h_BH = check_step("ResetBeforeGRUCell", self, x_BI, h_BH)
        return reset_before_gru_cell(x_BI, h_BH, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
