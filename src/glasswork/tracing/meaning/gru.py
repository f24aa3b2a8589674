"""GRU in readable steps: reset gate r, update gate z, candidate n and state h of every time step, in torch's form.

The same formulas as `glasswork.layers.gru_cell_formula`: the reset gate acts behind the hidden product, so the two
halves of the candidate's net input are named apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from glasswork.tracing.algebra import Apply
from glasswork.tracing.meaning.quantity import Quantity, dot
from glasswork.tracing.meaning.recurrent import Signal, Tag, Weights, cell_states, net_input, unrolled, weights_of
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["gru", "gru_cell"]

GATES = ("r", "z", "n")


def _half(
    steps: Steps, symbol: str, weight: Quantity, bias: Quantity | None, x: Signal, tag: Tag, title: str
) -> Quantity:
    value = x.tensor @ weight.tensor.T
    if bias is not None:
        value = value + bias.tensor
    return steps.name(
        symbol, value, ("n", "unit"),
        lambda n, j: dot(
            *((weight[j, k], x.part(n, k)) for k in range(x.tensor.shape[1])), *([bias[j]] if bias is not None else [])
        ),
        title, upper=tag.gate("n"), at=tag.at, time=tag.time,
    )  # fmt: skip


def _step(
    steps: Steps, x: Signal, state: tuple[Signal, ...], weights: dict[str, Weights], tag: Tag
) -> tuple[Quantity, ...]:
    (h_old,) = state
    place: dict[str, Any] = {"upper": tag.upper, "at": tag.at, "time": tag.time}
    gates = []
    for gate, title in (("r", "reset gate"), ("z", "update gate")):
        a = net_input(steps, gate, weights[gate], x, h_old, tag)
        gates.append(
            steps.name(
                gate, a.tensor.sigmoid(), ("n", "unit"),
                lambda n, j, a=a: Apply("sigmoid", (a[n, j],)), title, **place,
            )
        )  # fmt: skip
    r, z = gates
    own = weights["n"]
    from_x = _half(steps, "a", own.w, own.b, x, tag, "candidate's net input from the input")
    from_h = _half(steps, "s", own.u, own.b_prime, h_old, tag, "candidate's net input from the state before")
    n_t = steps.name(
        "n", (from_x.tensor + r.tensor * from_h.tensor).tanh(), ("n", "unit"),
        lambda n, j: Apply("tanh", (from_x[n, j] + r[n, j] * from_h[n, j],)), "candidate", **place,
    )  # fmt: skip
    h = steps.name(
        "h", (1 - z.tensor) * n_t.tensor + z.tensor * h_old.tensor, ("n", "unit"),
        lambda n, j: (1 - z[n, j]) * n_t[n, j] + z[n, j] * h_old.part(n, j), "state", **place,
    )  # fmt: skip
    return (h,)


def gru(
    steps: Steps,
    x: Tensor,
    state: Tensor,
    parameters: Sequence[Tensor],
    has_biases: bool,
    layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, ...]:
    """Explain a whole GRU, as torch.nn.GRU calls it."""
    if isinstance(parameters, Tensor):
        raise Decline("packed sequences are not covered")
    steps.title = f"GRU, {x.shape[1 if batch_first else 0]} time steps"
    return unrolled(
        steps, _step, ("h",), GATES, x, (state,), parameters, has_biases, layers, dropout, train, bidirectional,
        batch_first,
    )  # fmt: skip


def gru_cell(
    steps: Steps,
    x: Tensor,
    state: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor | None:
    """Explain one step."""
    steps.title = "GRU step" if steps.time is None else f"GRU step {steps.time}"
    weights = weights_of(steps, (w_ih, w_hh, b_ih, b_hh), GATES, "")
    tag = Tag("", steps.time)
    signal = Signal.of(steps.given("x", x, ("n", "feature"), "input", at=tag.at))
    (h,) = _step(steps, signal, cell_states(steps, ("h",), (state,)), weights, tag)
    return h.tensor


EXPLAINS = {"gru": gru, "gru_cell": gru_cell}
