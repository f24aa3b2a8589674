"""Recorded operations computed again by hand-written plain-Python formulas, where there is one and it is small.

For each such record the output is computed from its recorded inputs, and, where a derivative came back to it, the
derivatives of its inputs from that of its output; both are compared with the tape and with what a pull-back gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from glasswork.tracing import formulas
from glasswork.tracing.replay import pull, replaying
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Record, Tape

__all__ = ["COVERED", "Compared", "compare"]

_LARGEST = 20_000
"""More multiplications than this are not done by hand."""
_MOST = 60
"""More records of one step than this are not checked by hand."""
_ALLOWED = {"torch.float64": 1e-10, "torch.float32": 1e-4}

Result = tuple[Any, list[Any]]
"""An operation's output, and the derivative of each use (None: not by hand), as lists of numbers."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One operation, or one of its derivatives, by hand."""

    what: str
    off: float
    """Largest difference, relative to the largest number that was added up."""
    allowed: float

    @property
    def ok(self) -> bool:
        """Whether rounding accounts for the difference."""
        return self.off <= self.allowed


def compare(tape: Tape, swept: Sweep) -> list[Compared]:
    """Compare the records that have a formula with what it gives."""
    found: list[Compared] = []
    checked = 0
    allowed = _ALLOWED.get(str(tape.dtype))
    if allowed is None:
        return found
    with replaying(tape) as precision:
        for record in tape.records:
            formula = COVERED.get(record.name.rstrip("_") if not record.name.startswith("_") else record.name)
            if formula is None or record.kind != "operation" or checked >= _MOST or not _is_small(tape, record):
                continue
            upstream = swept.cotangents.get(record.outputs[0])
            inputs = [tape.variables[use.variable].value for use in record.uses]
            given = [v.double() if v.is_floating_point() else v for v in inputs if v is not None]
            output = tape.variables[record.outputs[0]].value
            if any(v.is_complex() for v in given):
                continue
            if output is None or len(given) < len(inputs) or any(not bool(v.isfinite().all()) for v in given):
                continue
            back = (
                upstream if upstream is not None and record.differentiable and bool(upstream.isfinite().all()) else None
            )
            result = formula(record, given, None if back is None else back.double())
            if result is None:
                continue
            checked += 1
            what = f"{record.name} #{record.index}"
            found.append(Compared(what, _off(output, result[0]), allowed))
            if back is None:
                continue
            # What is added up may cancel (the bias in front of a batch norm): rounding is that of the summands.
            summand = float(back.abs().max()) * max(1.0, *(float(v.abs().max()) for v in given if v.numel()))
            pulled, _ = pull(tape, record, [back, *[None] * (len(record.outputs) - 1)], precision)
            for place, (mine, theirs) in enumerate(zip(result[1], pulled, strict=False)):
                if mine is not None and theirs is not None:
                    found.append(Compared(f"{what}, derivative of input {place}", _off(theirs, mine, summand), allowed))
    return found


def _is_small(tape: Tape, record: Record) -> bool:
    sizes = [math.prod(tape.variables[v].shape) for v in (*record.inputs, *record.outputs)]
    if record.name == "convolution":
        return sizes[1] * sizes[-1] <= 10 * _LARGEST
    return math.prod(sorted(sizes)[-2:]) <= _LARGEST * 10 and max(sizes) <= _LARGEST


def _off(tensor: Tensor, numbers: Any, summand: float = 0.0) -> float:
    flat = _flat(numbers)
    other = (tensor.to_dense() if tensor.is_sparse else tensor).detach().double().reshape(-1).tolist()
    if len(flat) != len(other):
        return math.inf
    scale = max([summand, *(abs(value) for value in other)]) or 1.0
    return max((abs(a - b) for a, b in zip(flat, other, strict=True)), default=0.0) / scale


def _flat(numbers: Any) -> list[float]:
    if isinstance(numbers, list):
        return [value for part in numbers for value in _flat(part)]
    return [numbers]


# Each takes the record, its inputs and the output's derivative, and returns the result; None where it does not apply.

Formula = Callable[[Record, list[Tensor], Tensor | None], Result | None]


def _each(function: Callable[[float], float], back: Callable[[float, float], float]) -> Formula:
    def formula(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
        x = given[0].reshape(-1).tolist()
        dx = None if d is None else [back(a, b) for a, b in zip(x, d.reshape(-1).tolist(), strict=True)]
        return [function(value) for value in x], [dx]

    return formula


def _mm(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    a, b = given[0].tolist(), given[1].tolist()
    if not a or not b:
        return None
    backs: list[Any] = [None, None] if d is None else list(formulas.matrix_product_back(a, b, d.tolist()))
    return formulas.matrix_product(a, b), backs


def _bmm(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    out, first, second = [], [], []
    for n in range(given[0].shape[0]):
        a, b = given[0][n].tolist(), given[1][n].tolist()
        out.append(formulas.matrix_product(a, b))
        if d is not None:
            one, two = formulas.matrix_product_back(a, b, d[n].tolist())
            first.append(one)
            second.append(two)
    return out, [None, None] if d is None else [first, second]


def _addmm(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    if record.keywords or given[0].dim() != 1:
        return None
    bias, x, turned = given[0].tolist(), given[1].tolist(), given[2].tolist()
    w = [list(column) for column in zip(*turned, strict=True)]
    out = [formulas.linear(row, w, bias) for row in x]
    if d is None:
        return out, [None, None, None]
    backs = [formulas.linear_back(row, w, upstream) for row, upstream in zip(x, d.tolist(), strict=True)]
    db = [math.fsum(back[2][k] for back in backs) for k in range(len(bias))]
    dw = [[math.fsum(back[1][k][j] for back in backs) for k in range(len(w))] for j in range(len(w[0]))]
    return out, [db, [back[0] for back in backs], dw]


def _rows(function: Callable[[list[float]], list[float]], back: Callable[[Any, Any], list[float]]) -> Formula:
    def formula(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
        if record.arguments[1] not in (-1, given[0].dim() - 1) or given[0].dim() == 0:
            return None
        rows = given[0].reshape(-1, given[0].shape[-1]).tolist()
        out = [function(row) for row in rows]
        if d is None:
            return out, [None]
        return out, [[back(row, u) for row, u in zip(rows, d.reshape(-1, d.shape[-1]).tolist(), strict=True)]]

    return formula


def _convolution(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    stride, padding, dilation, transposed, _, groups = record.arguments[3:9]
    if given[0].dim() != 4 or transposed or groups != 1 or set(dilation) != {1}:
        return None
    if len(set(stride)) > 1 or len(set(padding)) > 1:
        return None
    x, w = given[0].tolist(), given[1].tolist()
    b = given[2].tolist() if len(given) > 2 else None
    size = {"stride": stride[0], "padding": padding[0]}
    out = [formulas.convolution(image, w, b, **size) for image in x]
    if d is None:
        return out, [None] * len(given)
    backs = [formulas.convolution_back(image, w, u, **size) for image, u in zip(x, d.tolist(), strict=True)]
    dw = [math.fsum(parts) for parts in zip(*(_flat(back[1]) for back in backs), strict=True)]
    db = [math.fsum(parts) for parts in zip(*(back[2] for back in backs), strict=True)]
    return out, [[back[0] for back in backs], dw, *([db] if b is not None else [])]


def _max_pool(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    size, stride, *others = [*record.arguments[1:], *[None] * 3][:5]
    plain = all(not value or value in ([0, 0], [1, 1], [0], [1]) for value in others if not isinstance(value, bool))
    if len(size) != 2 or size[0] != size[1] or not plain or (stride and stride[0] != stride[1]) or True in others:
        return None
    step = stride[0] if stride else size[0]
    planes = given[0].reshape(-1, *given[0].shape[-2:]).tolist()
    out = [formulas.max_pool(plane, size[0], step) for plane in planes]
    if d is None:
        return out, [None]
    upstream = d.reshape(-1, *d.shape[-2:]).tolist()
    return out, [[formulas.max_pool_back(p, size[0], step, u) for p, u in zip(planes, upstream, strict=True)]]


def _layer_norm(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    width = math.prod(record.arguments[1])
    scale = given[1].reshape(-1).tolist() if len(given) > 1 else None
    shift = given[2].reshape(-1).tolist() if len(given) > 2 else None
    rows = given[0].reshape(-1, width).tolist()
    eps = record.arguments[4]
    out = [formulas.layer_norm(row, scale, shift, eps) for row in rows]
    if d is None:
        return out, [None] * len(given)
    backs = [
        formulas.layer_norm_back(row, scale, eps, u) for row, u in zip(rows, d.reshape(-1, width).tolist(), strict=True)
    ]
    sums = [[math.fsum(back[n][j] for back in backs) for j in range(width)] for n in (1, 2)]
    return out, [[back[0] for back in backs], *sums][: len(given)]


def _batch_norm(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    training, eps = record.arguments[-3], record.arguments[-1]
    if training is not True or len(given) < 3:
        return None
    x = given[0].transpose(0, 1)
    channels = x.reshape(x.shape[0], -1).tolist()
    scale, shift = given[1].tolist(), given[2].tolist()
    out = [formulas.batch_norm(row, a, b, eps) for row, a, b in zip(channels, scale, shift, strict=True)]

    def back_in_place(rows: list[list[float]]) -> list[float]:
        return given[0].new_tensor(rows).reshape(x.shape).transpose(0, 1).reshape(-1).tolist()

    if d is None:
        return back_in_place(out), [None] * len(given)
    upstream = d.transpose(0, 1).reshape(x.shape[0], -1).tolist()
    backs = [formulas.batch_norm_back(row, a, eps, u) for row, a, u in zip(channels, scale, upstream, strict=True)]
    dx = back_in_place([back[0] for back in backs])
    return back_in_place(out), [dx, [back[1] for back in backs], [back[2] for back in backs]]


def _squares(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    if len(record.arguments) > 2 and record.arguments[2] != 1:
        return None
    x, y = (tensor.reshape(-1).tolist() for tensor in given)
    dx = None if d is None else formulas.mean_squared_error_back(x, y, float(d))
    return formulas.mean_squared_error(x, y), [dx, None if dx is None else [-value for value in dx]]


def _nll(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    """Given log-probabilities: the mean of those of the right classes, turned round."""
    x, classes = given[0], given[1]
    if len(given) > 2 or x.dim() != 2 or record.arguments[3] != 1 or bool((classes == record.arguments[4]).any()):
        return None
    n = x.shape[0]
    rows, right = x.tolist(), classes.tolist()
    out = -math.fsum(row[c] for row, c in zip(rows, right, strict=True)) / n
    if d is None:
        return out, [None]
    return out, [
        [[-float(d) / n if j == c else 0.0 for j in range(len(row))] for row, c in zip(rows, right, strict=True)]
    ]


def _embedding(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    table, codes = given[0].tolist(), given[1].reshape(-1).tolist()
    padding = record.arguments[2] if len(record.arguments) > 2 else -1
    out = formulas.embedding(table, codes)
    if d is None or any(value for value in record.arguments[3:]):
        return out, [None]
    rows = d.reshape(-1, d.shape[-1]).tolist()
    kept = [(code, row) for code, row in zip(codes, rows, strict=True) if code != padding]
    return out, [formulas.embedding_back(len(table), len(table[0]), [c for c, _ in kept], [r for _, r in kept])]


def _mul(record: Record, given: list[Tensor], d: Tensor | None) -> Result | None:
    """A product number by number, such as dropout's with its mask."""
    if len(given) != 2 or given[0].shape != given[1].shape:
        return None
    a, b = given[0].reshape(-1).tolist(), given[1].reshape(-1).tolist()
    if d is None:
        return formulas.dropout(a, b), [None, None]
    u = d.reshape(-1).tolist()
    return formulas.dropout(a, b), [formulas.dropout_back(b, u), formulas.dropout_back(a, u)]


COVERED: dict[str, Formula] = {
    "mm": _mm,
    "bmm": _bmm,
    "addmm": _addmm,
    "sigmoid": _each(formulas.sigmoid, formulas.sigmoid_back),
    "tanh": _each(formulas.tanh, formulas.tanh_back),
    "relu": _each(formulas.relu, formulas.relu_back),
    "_softmax": _rows(formulas.softmax, formulas.softmax_back),
    "_log_softmax": _rows(formulas.log_softmax, formulas.log_softmax_back),
    "convolution": _convolution,
    "max_pool2d_with_indices": _max_pool,
    "native_layer_norm": _layer_norm,
    "native_batch_norm": _batch_norm,
    "mse_loss": _squares,
    "nll_loss_forward": _nll,
    "embedding": _embedding,
    "mul": _mul,
}
"""Operation -> its formula by hand."""
