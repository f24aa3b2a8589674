"""Depth: one chart of all layers: how large the gradient is in each, how far it moves, what is dead or saturated.

- *gradient norm* of a layer's own parameters, and *update / weight*: the norm of its step over that of its weights;
- *dead units*: the share of a ReLU's units that give 0 for every sample of the batch;
- *saturated*: the share of a sigmoid's or tanh's outputs within 1 % of the ends of its range.
"""

from __future__ import annotations

import math

from torch import Tensor

from glasswork.tracing.document import Chart, Series
from glasswork.tracing.overview import owners
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Record, Tape

__all__ = ["depth_chart"]

_NEAR = 0.01


def depth_chart(tape: Tape, swept: Sweep) -> Chart | None:
    """Return the chart of a step's layers; None for a net of fewer than three."""
    rows = owners(tape, swept)
    if len(rows) < 3:
        return None
    first = {path: place for place, path in enumerate(row.path for row in rows)}
    dead: list[list[float]] = [[] for _ in rows]
    saturated: list[list[float]] = [[] for _ in rows]
    last = -1
    for record in tape.records:
        for use in record.uses:
            name = tape.variables[use.variable].name
            owner = (name.rpartition(".")[0] or "(model)") if name else None
            if tape.variables[use.variable].role == "parameter" and owner in first:
                last = first[owner]
        share = _dead(tape, record)
        if share is not None and last >= 0:
            dead[last].append(share)
        share = _saturated(tape, record)
        if share is not None and last >= 0:
            saturated[last].append(share)
    series = [
        Series("gradient norm", [row.gradient for row in rows], log=True),
        Series("update / weight", [row.moved for row in rows], log=True),
        Series("dead units, share", [_mean(shares) for shares in dead]),
        Series("saturated outputs, share", [_mean(shares) for shares in saturated]),
    ]
    series = [one for one in series if any(value is not None for value in one.values)]
    caption = (
        "A point a layer, in the order of their parameters; dead and saturated: of the activations that follow it."
    )
    return Chart("All layers", [row.path for row in rows], series, caption)


def _dead(tape: Tape, record: Record) -> float | None:
    if record.name.strip("_") not in ("relu", "clamp_min", "threshold"):
        return None
    value = _output(tape, record)
    if value is None or value.dim() < 2 or not value.numel():
        return None
    # Units are the last dimension, of pictures the second: the channels.
    units = value.movedim(1, -1) if value.dim() == 4 else value
    return float((units.reshape(-1, units.shape[-1]) == 0).all(0).double().mean())


def _saturated(tape: Tape, record: Record) -> float | None:
    low = {"sigmoid": 0.0, "tanh": -1.0}.get(record.name.strip("_"))
    value = _output(tape, record)
    if low is None or value is None or not value.numel():
        return None
    edge = _NEAR * (1 - low)
    return float(((value < low + edge) | (value > 1 - edge)).double().mean())


def _output(tape: Tape, record: Record) -> Tensor | None:
    return tape.variables[record.outputs[0]].value if record.outputs else None


def _mean(shares: list[float]) -> float | None:
    return math.fsum(shares) / len(shares) if shares else None
