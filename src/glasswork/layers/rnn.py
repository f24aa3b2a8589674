"""RNN: a sequence read step by step into a state that carries what was seen.

Letters in shapes: B batch, T time, I inputs, H hidden units, L layers times directions.

Course: RNN-01, RNN-02, RNN-03, RNN-04, RNN-05, RNN-11, RNN-22, RNN-24, RNN-25, RNN-26, RNN-27, RNN-29.

Source: Elman 1990, "Finding Structure in Time"; both directions: Schuster & Paliwal 1997.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_choice, check_dimensions, check_size
from glasswork.layers.rnn_cell import ACTIVATIONS, rnn_cell_formula
from glasswork.layers.unroll import unroll_layers

__all__ = ["RNN", "check_layers", "check_sequence", "first_state", "rnn_formula"]


class RNN(nn.RNN):
    r"""Layers of a plain recurrent network, on torch's kernel; weights named and laid out as ``torch.nn.RNN``'s.

    .. math:: h_t = f(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})

    Args:
        inputs: features of a step, I.
        hidden: units of one direction of a layer, H.
        layers: how many layers, each reading the one below.
        activation: ``tanh`` or ``relu``.
        bidirectional: whether each layer reads from both ends; outputs then have 2H features.
        dropout: share of the features silenced between layers in training.
        bias: whether to add the two biases.

    Shapes: ``(B, T, I)`` and the state ``(L, B, H)`` (zeros if left out) to the outputs of all steps, ``(B, T, H)``,
    and the last state, ``(L, B, H)``.

    >>> layer = RNN(inputs=2, hidden=3, layers=2)
    >>> outputs, state = layer(torch.zeros(4, 5, 2))
    >>> outputs.shape, state.shape
    (torch.Size([4, 5, 3]), torch.Size([2, 4, 3]))
    """

    def __init__(
        self,
        *,
        inputs: int,
        hidden: int,
        layers: int = 1,
        activation: str = "tanh",
        bidirectional: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        check_choice("RNN", ACTIVATIONS, activation=activation)
        check_layers("RNN", inputs, hidden, layers, dropout)
        super().__init__(
            inputs,
            hidden,
            layers,
            nonlinearity=activation,
            bias=bias,
            batch_first=True,
            dropout=dropout,
            bidirectional=bidirectional,
        )

    def forward(  # type: ignore[override]  # packed sequences are left to torch.nn
        self, x_BTI: Tensor, h_LBH: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the outputs of all steps, shape ``(B, T, H)``, and the last state, shape ``(L, B, H)``."""
        check_sequence("RNN", self, x_BTI, h_LBH)
        return super().forward(x_BTI, h_LBH)


def rnn_formula(
    x_BTI: Tensor,
    weights: Sequence[Sequence[Tensor]],
    h_LBH: Tensor | None = None,
    *,
    activation: str = "tanh",
    bidirectional: bool = False,
) -> tuple[Tensor, Tensor]:
    """The same as :class:`RNN` without dropout, in plain operations.

    Args:
        x_BTI: shape ``(B, T, I)``.
        weights: for each layer and direction W_ih, W_hh and, if any, the two biases: ``layer.all_weights``.
        h_LBH: shape ``(L, B, H)``; None: zeros.
        activation: ``tanh`` or ``relu``.
        bidirectional: whether the weights come in pairs, forward and back.
    """
    h_LBH = first_state(x_BTI, weights) if h_LBH is None else h_LBH
    steps = [partial(_step, weights=one, activation=activation) for one in weights]
    outputs, last = unroll_layers(steps, x_BTI, h_LBH.unbind(0), bidirectional=bidirectional)
    return outputs, torch.stack(last)


def _step(x_BI: Tensor, h_BH: Tensor, *, weights: Sequence[Tensor], activation: str) -> Tensor:
    return rnn_cell_formula(x_BI, h_BH, *weights, activation=activation)


def first_state(x_BTI: Tensor, weights: Sequence[Sequence[Tensor]]) -> Tensor:
    """Return zeros for every layer and direction, shape ``(L, B, H)``."""
    return x_BTI.new_zeros(len(weights), len(x_BTI), weights[0][1].shape[1])


def check_layers(who: str, inputs: int, hidden: int, layers: int, dropout: float) -> None:
    """Require sizes of at least 1, and a dropout that has something to act on."""
    check_at_least(who, 1, inputs=inputs, hidden=hidden, layers=layers)
    check_between(who, 0, 1, include_high=False, dropout=dropout)
    if dropout:
        check_at_least(f"{who} with dropout between layers", 2, layers=layers)


def check_sequence(who: str, layer: nn.RNNBase, x_BTI: Tensor, *states: Tensor | None) -> None:
    """Require a sequence of at least one step that fits the layer, and states that fit both."""
    check_dimensions(who, 3, x=x_BTI)
    check_size(who, 2, layer.input_size, x=x_BTI)
    check_at_least(who, 1, time=x_BTI.shape[1])
    for name, state in zip("hc", states, strict=False):
        if state is not None:
            wanted = (layer.num_layers * (2 if layer.bidirectional else 1), len(x_BTI), layer.hidden_size)
            if state.shape != wanted:
                check_dimensions(who, 3, **{name: state})
                for dimension, size in enumerate(wanted):
                    check_size(who, dimension, size, **{name: state})
