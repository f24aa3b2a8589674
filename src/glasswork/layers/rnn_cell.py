"""RNN cell: one step of the plainest recurrent network, whose state is all it remembers.

Letters in shapes: B batch, I inputs, H hidden units.

Course: RNN-01, RNN-02, RNN-07, RNN-08, RNN-10, RNN-30.

Source: Elman 1990, "Finding Structure in Time"; ReLU with identity weights: Le, Jaitly & Hinton 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least, check_choice, check_dimensions, check_size

__all__ = ["RNNCell", "check_step", "rnn_cell", "rnn_cell_formula"]

ACTIVATIONS = ("tanh", "relu")


def rnn_cell(
    x_BI: Tensor,
    h_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    activation: str = "tanh",
) -> Tensor:
    r"""One step, on torch's kernel: the new state from this step's input and the state before.

    .. math:: h_t = f(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}), \qquad f = \tanh \text{ or } \max(0, \cdot)

    Args:
        x_BI: this step's inputs, shape ``(B, I)``.
        h_BH: the state before, shape ``(B, H)``.
        weight_ih: shape ``(H, I)``.
        weight_hh: shape ``(H, H)``; the same at every step.
        bias_ih: shape ``(H,)``, or None.
        bias_hh: shape ``(H,)``, or None; torch keeps two biases, of which one would do.
        activation: ``tanh`` or ``relu``.

    Returns:
        The new state, shape ``(B, H)``.

    >>> one = torch.ones(1, 1)
    >>> rnn_cell(2 * one, 3 * one, 0.5 * one, -2 * one, activation="relu").item()  # 0.5 * 2 - 2 * 3 = -5
    0.0
    >>> rnn_cell(2 * one, 3 * one, 0.5 * one, 2 * one, activation="relu").item()
    7.0
    """
    kernel = torch.rnn_tanh_cell if activation == "tanh" else torch.rnn_relu_cell
    return kernel(x_BI, h_BH, weight_ih, weight_hh, bias_ih, bias_hh)


def rnn_cell_formula(
    x_BI: Tensor,
    h_BH: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    activation: str = "tanh",
) -> Tensor:
    """The same as :func:`rnn_cell`, in plain operations."""
    a_BH = functional.linear(x_BI, weight_ih, bias_ih) + functional.linear(h_BH, weight_hh, bias_hh)
    return a_BH.tanh() if activation == "tanh" else a_BH.relu()


class RNNCell(nn.RNNCell):
    r"""One step of a recurrent network; the weights are named and laid out as ``torch.nn.RNNCell``'s.

    .. math:: h_t = f(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})

    Args:
        inputs: features of a step, I.
        hidden: units of the state, H.
        activation: ``tanh`` or ``relu``; ReLU does not shrink what passes through it, but needs recurrent weights
            that begin near the identity.
        bias: whether to add the two biases.

    Shapes: ``(B, I)`` and the state ``(B, H)`` (zeros if left out) to the new state ``(B, H)``.

    >>> cell = RNNCell(inputs=2, hidden=3)
    >>> cell(torch.zeros(4, 2)).shape, sum(p.numel() for p in cell.parameters())  # 3 * (2 + 3) + 3 + 3
    (torch.Size([4, 3]), 21)
    """

    def __init__(self, *, inputs: int, hidden: int, activation: str = "tanh", bias: bool = True) -> None:
        check_at_least("RNNCell", 1, inputs=inputs, hidden=hidden)
        check_choice("RNNCell", ACTIVATIONS, activation=activation)
        super().__init__(inputs, hidden, bias=bias, nonlinearity=activation)

    def forward(self, x_BI: Tensor, h_BH: Tensor | None = None) -> Tensor:
        """Return the new state, shape ``(B, H)``."""
        h_BH = check_step("RNNCell", self, x_BI, h_BH)
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return rnn_cell(x_BI, h_BH, *weights, activation=self.nonlinearity)


def check_step(who: str, cell: nn.RNNCellBase, x_BI: Tensor, h_BH: Tensor | None) -> Tensor:
    """Require inputs and a state that fit the cell; return the state, zeros where there is none."""
    check_dimensions(who, 2, x=x_BI)
    check_size(who, 1, cell.input_size, x=x_BI)
    if h_BH is None:
        return torch.zeros(len(x_BI), cell.hidden_size, dtype=x_BI.dtype, device=x_BI.device)
    if h_BH.shape != (len(x_BI), cell.hidden_size):
        check_dimensions(who, 2, h=h_BH)
        check_size(who, 0, len(x_BI), h=h_BH)
        check_size(who, 1, cell.hidden_size, h=h_BH)
    return h_BH
