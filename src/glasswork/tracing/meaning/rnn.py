"""Plain recurrent layers in readable steps: net input a and state h of every time step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor

from glasswork.tracing.algebra import Apply
from glasswork.tracing.meaning.quantity import Quantity
from glasswork.tracing.meaning.recurrent import Signal, Tag, Weights, cell_states, net_input, unrolled, weights_of
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell"]


def _step(
    steps: Steps, x: Signal, state: tuple[Signal, ...], weights: dict[str, Weights], tag: Tag, *, curve: str
) -> tuple[Quantity, ...]:
    a = net_input(steps, "", weights[""], x, state[0], tag)
    place: dict[str, Any] = {"upper": tag.upper, "at": tag.at, "time": tag.time}
    return (
        steps.name(
            "h", getattr(a.tensor, curve)(), ("n", "unit"), lambda n, j: Apply(curve, (a[n, j],)), "state", **place
        ),
    )


def _layers(curve: str) -> Callable[..., tuple[Tensor, ...]]:
    def explain(
        steps: Steps, x: Tensor, state: Tensor, parameters: Sequence[Tensor], has_biases: bool, layers: int,
        dropout: float, train: bool, bidirectional: bool, batch_first: bool,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        """Explain whole layers, as torch.nn.RNN calls them."""
        if isinstance(parameters, Tensor):
            raise Decline("packed sequences are not covered")
        steps.title = f"recurrent layer, {x.shape[1 if batch_first else 0]} time steps"
        return unrolled(
            steps, partial(_step, curve=curve), ("h",), ("",), x, (state,), parameters, has_biases, layers, dropout,
            train, bidirectional, batch_first,
        )  # fmt: skip

    return explain


def _cell(curve: str) -> Callable[..., Tensor | None]:
    def explain(
        steps: Steps, x: Tensor, state: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
        b_hh: Tensor | None = None,
    ) -> Tensor | None:  # fmt: skip
        """Explain one step."""
        steps.title = "recurrent step" if steps.time is None else f"recurrent step {steps.time}"
        weights = weights_of(steps, (w_ih, w_hh, b_ih, b_hh), ("",), "")
        tag = Tag("", steps.time)
        signal = Signal.of(steps.given("x", x, ("n", "feature"), "input", at=tag.at))
        return _step(steps, signal, cell_states(steps, ("h",), (state,)), weights, tag, curve=curve)[0].tensor

    return explain


rnn_tanh, rnn_relu, rnn_tanh_cell, rnn_relu_cell = _layers("tanh"), _layers("relu"), _cell("tanh"), _cell("relu")
EXPLAINS = {"rnn_tanh": rnn_tanh, "rnn_relu": rnn_relu, "rnn_tanh_cell": rnn_tanh_cell, "rnn_relu_cell": rnn_relu_cell}
