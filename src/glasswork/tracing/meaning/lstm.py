"""LSTM in readable steps: the gates i, f, o, the candidate g, the memory c and the output h of every time step.

The same formulas as `glasswork.layers.lstm_cell_formula`, with each gate's net input named, so that its derivative
(the gate's delta) can be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from glasswork.tracing.algebra import Apply
from glasswork.tracing.meaning.quantity import Quantity
from glasswork.tracing.meaning.recurrent import Signal, Tag, Weights, cell_states, net_input, unrolled, weights_of
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["lstm", "lstm_cell"]

GATES = ("i", "f", "g", "o")
_TITLES = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"}


def _step(
    steps: Steps, x: Signal, state: tuple[Signal, ...], weights: dict[str, Weights], tag: Tag
) -> tuple[Quantity, ...]:
    h_old, c_old = state
    net = {gate: net_input(steps, gate, weights[gate], x, h_old, tag) for gate in GATES}
    place: dict[str, Any] = {"upper": tag.upper, "at": tag.at, "time": tag.time}
    gates: dict[str, Quantity] = {}
    for gate in GATES:
        a, curve = net[gate], "tanh" if gate == "g" else "sigmoid"
        gates[gate] = steps.name(
            gate, getattr(a.tensor, curve)(), ("n", "unit"),
            lambda n, j, a=a, curve=curve: Apply(curve, (a[n, j],)), _TITLES[gate], **place,
        )  # fmt: skip
    i, f, g, o = gates["i"], gates["f"], gates["g"], gates["o"]
    c = steps.name(
        "c", f.tensor * c_old.tensor + i.tensor * g.tensor, ("n", "unit"),
        lambda n, j: f[n, j] * c_old.part(n, j) + i[n, j] * g[n, j], "memory", **place,
    )  # fmt: skip
    h = steps.name(
        "h", o.tensor * c.tensor.tanh(), ("n", "unit"),
        lambda n, j: o[n, j] * Apply("tanh", (c[n, j],)), "output", **place,
    )  # fmt: skip
    return h, c


def lstm(
    steps: Steps,
    x: Tensor,
    states: Sequence[Tensor],
    parameters: Sequence[Tensor],
    has_biases: bool,
    layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, ...]:
    """Explain a whole LSTM, as torch.nn.LSTM calls it."""
    if isinstance(states, Tensor):
        raise Decline("packed sequences are not covered")
    steps.title = f"LSTM, {x.shape[1 if batch_first else 0]} time steps"
    return unrolled(
        steps, _step, ("h", "c"), GATES, x, states, parameters, has_biases, layers, dropout, train, bidirectional,
        batch_first,
    )  # fmt: skip


def lstm_cell(
    steps: Steps,
    x: Tensor,
    states: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor | None, ...]:
    """Explain one step."""
    steps.title = "LSTM step" if steps.time is None else f"LSTM step {steps.time}"
    weights = weights_of(steps, (w_ih, w_hh, b_ih, b_hh), GATES, "")
    tag = Tag("", steps.time)
    signal = Signal.of(steps.given("x", x, ("n", "feature"), "input", at=tag.at))
    h, c = _step(steps, signal, cell_states(steps, ("h", "c"), states), weights, tag)
    return h.tensor, c.tensor


EXPLAINS = {"lstm": lstm, "lstm_cell": lstm_cell}
