"""What LSTM, GRU and plain recurrent layers have in common: weights by gate, layers, directions, time steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from glasswork.tracing.algebra import Expression
from glasswork.tracing.meaning.quantity import Part, Quantity, dot
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["Cell", "Signal", "Weights", "cell_states", "net_input", "unrolled", "weights_of"]


@dataclass(slots=True)
class Signal:
    """What one step reads: a tensor ``(sample, feature)`` and its numbers as symbols."""

    tensor: Tensor
    part: Callable[[int, int], Part]

    @staticmethod
    def of(quantity: Quantity) -> Signal:
        """Return a quantity with axes (n, unit) as a signal."""
        return Signal(quantity.tensor, lambda n, k: quantity[n, k])


@dataclass(slots=True)
class Weights:
    """One gate's weights."""

    w: Quantity
    """From the input."""
    u: Quantity
    """From the output before."""
    b: Quantity | None
    b_prime: Quantity | None
    """Torch's second bias, on the side of the output before."""


State = tuple[Quantity, ...]
Cell = Callable[[Steps, Signal, tuple[Signal, ...], dict[str, Weights], "Tag"], State]
"""One step: what was named of the new state, the output first."""


@dataclass(slots=True, frozen=True)
class Tag:
    """Where a step stands: its layer and direction as an upper index, and its time."""

    upper: str
    time: int | None
    where: str = ""

    @property
    def at(self) -> str:
        """What stands in brackets behind the symbols."""
        return "" if self.time is None else f"t={self.time}"

    def gate(self, name: str) -> str:
        """The upper index of a gate's weights and net input."""
        return f"{name},{self.upper}" if name and self.upper else name or self.upper


def weights_of(
    steps: Steps, parameters: Sequence[Tensor | None], gates: Sequence[str], upper: str
) -> dict[str, Weights]:
    """Note the weights of one cell, gate by gate.

    Args:
        steps: where to note them.
        parameters: W_ih, W_hh and, if any, the two biases; torch stacks the gates' rows.
        gates: their names in the order of the rows; an empty name for a cell without gates.
        upper: the layer's upper index.
    """
    w_ih, w_hh, b_ih, b_hh = (*parameters, None, None)[:4]
    if w_ih is None or w_hh is None or w_ih.shape[0] != w_hh.shape[0] or w_ih.shape[0] != len(gates) * w_hh.shape[1]:
        raise Decline("its weights have another layout (projections are not covered)")
    size = w_hh.shape[1]
    found = {}
    for number, gate in enumerate(gates):
        start = number * size
        above = f"{gate},{upper}" if gate and upper else gate or upper
        rows = slice(start, start + size)

        def matrix(symbol: str, whole: Tensor, title: str, start: int = start, rows: slice = rows, above: str = above
                   ) -> Quantity:  # fmt: skip
            return steps.part(
                symbol, whole[rows], whole, lambda j, k: (start + j, k), ("to", "from"), title, upper=above
            )

        def vector(whole: Tensor | None, accent: str, start: int = start, rows: slice = rows, above: str = above
                   ) -> Quantity | None:  # fmt: skip
            if whole is None:
                return None
            return steps.part("b", whole[rows], whole, lambda j: (start + j,), ("unit",), "bias", upper=above,
                              accent=accent)  # fmt: skip

        found[gate] = Weights(
            matrix("w", w_ih, "weights of the input"),
            matrix("u", w_hh, "weights of the output before"),
            vector(b_ih, ""),
            vector(b_hh, "prime"),
        )
    return found


def net_input(
    steps: Steps, gate: str, weights: Weights, x: Signal, h: Signal, tag: Tag, *, title: str = "net input"
) -> Quantity:
    """Note what goes into a gate: weighted input plus weighted output before plus biases."""
    value = x.tensor @ weights.w.tensor.T + h.tensor @ weights.u.tensor.T
    for bias in (weights.b, weights.b_prime):
        if bias is not None:
            value = value + bias.tensor
    inputs, hidden = x.tensor.shape[1], h.tensor.shape[1]

    def formula(n: int, j: int) -> Expression:
        return dot(
            *((weights.w[j, k], x.part(n, k)) for k in range(inputs)),
            *((weights.u[j, k], h.part(n, k)) for k in range(hidden)),
            *(bias[j] for bias in (weights.b, weights.b_prime) if bias is not None),
        )

    return steps.name(
        "a", value, ("n", "unit"), formula, f"{title} of {gate}" if gate else title, upper=tag.gate(gate), at=tag.at,
        time=tag.time,
    )  # fmt: skip


def cell_states(steps: Steps, names: Sequence[str], states: Sequence[Tensor]) -> tuple[Signal, ...]:
    """Note the state that a single cell starts from."""
    before = {"accent": "old"} if steps.time is None else {"at": f"t={steps.time - 1}", "time": steps.time - 1}
    return tuple(
        Signal.of(steps.given(name, state, ("n", "unit"), "state before", **before))
        for name, state in zip(names, states, strict=True)
    )


def unrolled(
    steps: Steps, cell: Cell, names: Sequence[str], gates: Sequence[str], x: Tensor, states: Sequence[Tensor],
    parameters: Sequence[Tensor], has_biases: bool, layers: int, dropout: float, train: bool, bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """Do what torch's recurrent layers do, one step of one direction of one layer after the other."""
    directions, each = (2 if bidirectional else 1), (4 if has_biases else 2)
    if len(parameters) != layers * directions * each:
        raise Decline("it has projections, which are not covered")
    if x.dim() != 3:
        raise Decline("its input has no time and sample dimensions")
    given = steps.given("x", x, ("n", "t", "feature") if batch_first else ("t", "n", "feature"), "input")
    firsts = [
        steps.given(name, state, ("layer", "n", "unit"), "state at the start", at="t=0", time=0)
        for name, state in zip(names, states, strict=True)
    ]
    length = x.shape[1 if batch_first else 0]
    signals = [_read(given, t, batch_first) for t in range(length)]
    lasts: list[State] = []
    outputs: list[list[Quantity]] = []
    for layer in range(layers):
        outputs = [[] for _ in range(length)]
        for direction in range(directions):
            number = layer * directions + direction
            upper = ",".join([str(layer + 1)] * (layers > 1) + ["back"] * direction)
            weights = weights_of(steps, parameters[number * each : (number + 1) * each], gates, upper)
            state = tuple(_read(first, number, False) for first in firsts)
            made: State = ()
            for t in reversed(range(length)) if direction else range(length):
                made = cell(steps, signals[t], state, weights, Tag(upper, t + 1))
                state = tuple(Signal.of(quantity) for quantity in made)
                outputs[t].append(made[0])
            lasts.append(made)
        signals = [_side_by_side(parts) for parts in outputs]
        if dropout and train and layer < layers - 1:
            signals = _dropped(steps, signals, dropout, layer)
    size = outputs[0][0].tensor.shape[1]
    out = torch.stack([torch.cat([q.tensor for q in parts], 1) for parts in outputs], 1 if batch_first else 0)

    def at(n: int, t: int, k: int) -> Part:
        return outputs[t][k // size][n, k % size]

    steps.name(
        "out", out, ("n", "t", "unit") if batch_first else ("t", "n", "unit"),
        at if batch_first else (lambda t, n, k: at(n, t, k)), "outputs of all steps", copy=True,
    )  # fmt: skip
    last = []
    for place, name in enumerate(names):
        stacked = torch.stack([made[place].tensor for made in lasts])
        last.append(stacked)
        steps.name(
            name, stacked, ("layer", "n", "unit"), lambda layer, n, k, place=place: lasts[layer][place][n, k],
            "state at the end", at="last", copy=True,
        )  # fmt: skip
    return out, *last


def _read(whole: Quantity, place: int, second: bool) -> Signal:
    """One time step, or one layer, of a quantity: a place along its first dimension, or along its second."""
    if second:
        return Signal(whole.tensor[:, place], lambda n, k: whole[n, place, k])
    return Signal(whole.tensor[place], lambda n, k: whole[place, n, k])


def _side_by_side(parts: list[Quantity]) -> Signal:
    if len(parts) == 1:
        return Signal.of(parts[0])
    size = parts[0].tensor.shape[1]
    return Signal(torch.cat([q.tensor for q in parts], 1), lambda n, k: parts[k // size][n, k % size])


def _dropped(steps: Steps, signals: list[Signal], share: float, layer: int) -> list[Signal]:
    """Dropout between layers, with the mask that was drawn."""
    shape = (len(signals), *signals[0].tensor.shape)
    mask = steps.mask(shape) / (1 - share)
    drawn = steps.given("m", mask, ("t", "n", "unit"), "dropout mask", upper=str(layer + 1))
    found = []
    for t, signal in enumerate(signals):
        dropped = steps.name(
            "x", signal.tensor * mask[t], ("n", "unit"),
            lambda n, k, t=t, signal=signal: drawn[t, n, k] * signal.part(n, k),
            "after dropout", upper=str(layer + 2), at=f"t={t + 1}", time=t + 1,
        )  # fmt: skip
        found.append(Signal.of(dropped))
    return found
