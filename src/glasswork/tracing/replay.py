"""Doing one record again, on its recorded inputs or on others, forward and backward.

No table of derivatives: torch supplies the derivative of each *single* operation, the chain rule is ours.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.autograd.graph import _engine_run_backward

from glasswork.tracing.precision import Precision, default_generator
from glasswork.tracing.tape import Record, Tape, Variable, fill
from glasswork.tracing.transparent import transparent

__all__ = ["derive", "forward", "pull", "replaying", "same", "values"]


@contextlib.contextmanager
def replaying(tape: Tape, dtype: torch.dtype | None = None) -> Iterator[Precision]:
    """Context in which records of a tape are done again as they were done; `dtype` widens them."""
    precision = Precision(dtype or tape.dtype, tape.own)
    default = torch.get_default_dtype()
    cuda = [*range(torch.cuda.device_count())] if torch.cuda.is_available() and torch.cuda.is_initialized() else []
    generators = [torch.default_generator, *(torch.cuda.default_generators[n] for n in cuda)]
    states = [generator.get_state() for generator in generators]
    with transparent(precision.working if precision.widened and default is tape.own else None):
        try:
            yield precision
        finally:
            for generator, state in zip(generators, states, strict=True):
                generator.set_state(state)


def values(tape: Tape, record: Record) -> list[Tensor]:
    """Return the recorded value of each use; memory that nobody had filled is filled with zeros."""
    found = []
    for use in record.uses:
        variable = tape.variables[use.variable]
        found.append(variable.value if variable.value is not None else _blank(variable))
    return found


def forward(record: Record, given: Sequence[Tensor], precision: Precision) -> list[Tensor]:
    """Do a record again on these tensors, one per use; return its outputs. Tracks gradients if they do.

    A declared record cannot be done again, as its forward is not one operation.
    """
    if record.kind == "gather":
        index = record.extra["index"]
        return [given[0].reshape(-1)[index].reshape(record.extra["shape"])]
    if record.kind == "scatter":
        base, view = given
        return [base.reshape(-1).index_copy(0, record.extra["index"], view.reshape(-1)).reshape(base.shape)]
    if record.kind != "operation" or record.operation is None:
        raise ValueError(f"a record of kind {record.kind!r} cannot be done again.")
    ready = [t.clone() if use.written else t for use, t in zip(record.uses, given, strict=True)]
    if record.random:
        default_generator(record.extra["device"]).set_state(record.extra["state"])
    keywords = {
        key: None if isinstance(value, torch.Generator) else value
        for key, value in fill(record.keywords, lambda n: ready[n]).items()
    }
    arguments = tuple(
        None if isinstance(value, torch.Generator) else value for value in fill(record.arguments, lambda n: ready[n])
    )
    flat = _flat(precision.carry_out(record.operation, arguments, keywords))
    for use, tensor in zip(record.uses, ready, strict=True):
        if use.written and not any(tensor is other for other in flat):
            flat.append(tensor)
    return flat


def pull(
    tape: Tape, record: Record, cotangents: Sequence[Tensor | None], precision: Precision
) -> tuple[list[Tensor | None], list[Tensor] | None]:
    """Pull the cotangents of a record's outputs back to its uses: ``dL/dx_j = sum_i dL/do_i * do_i/dx_j``.

    Args:
        tape: where the record's inputs lie.
        record: which operation.
        cotangents: the derivative of the loss with respect to each output; None is zero.
        precision: from `replaying`.

    Returns:
        The cotangent of each use, None where no derivative flows; and the outputs as computed anew, None where they
        were not.
    """
    if record.kind == "overwritten":
        return [cotangents[0]], None
    if record.kind == "declared":
        return list(record.extra.get("returned", [None] * len(record.uses))), None
    if record.kind == "gather":
        return [_scattered(cotangents[0], record, tape.variables[record.uses[0].variable].shape)], None
    if record.kind == "scatter":
        upstream, index = cotangents[0], record.extra["index"]
        if upstream is None:
            return [None, None], None
        base: Tensor | None = None
        view: Tensor | None = None
        if record.uses[0].needs:
            base = upstream.reshape(-1).clone()
            base[index] = 0
            base = base.reshape(upstream.shape)
        if record.uses[1].needs:
            view = upstream.reshape(-1)[index].reshape(tape.variables[record.uses[1].variable].shape)
        return [base, view], None
    leaves = [
        value.detach().requires_grad_(use.needs) for use, value in zip(record.uses, values(tape, record), strict=True)
    ]
    with torch.enable_grad():
        outputs = forward(record, leaves, precision)
    pairs = [
        (output, upstream)
        for output, upstream in zip(outputs, cotangents, strict=True)
        if upstream is not None and output.requires_grad
    ]
    asked = [leaf for leaf in leaves if leaf.requires_grad]
    if not pairs or not asked:
        return [None] * len(leaves), outputs
    found = iter(derive([output for output, _ in pairs], asked, [upstream for _, upstream in pairs]))
    return [next(found) if leaf.requires_grad else None for leaf in leaves], outputs


def derive(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], upstream: Sequence[Tensor], *, again: bool = False
) -> tuple[Tensor | None, ...]:
    """Return ``torch.autograd.grad`` of outputs; `again` keeps the graph and makes one of the result.

    Straight to the engine: torch's own function first imports a computer algebra system, for half a second.
    """
    for output, cotangent in zip(outputs, upstream, strict=True):
        if output.shape != cotangent.shape:
            raise ValueError(f"a cotangent has shape {tuple(cotangent.shape)}, its value {tuple(output.shape)}.")
    found: tuple[Tensor | None, ...] = _engine_run_backward(
        tuple(outputs), tuple(upstream), again, again, tuple(inputs), True, accumulate_grad=False
    )
    return found


def same(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors hold the same numbers, to the last bit (NaN equals NaN)."""
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if first.layout is not torch.strided or second.layout is not torch.strided:
        first, second = first.to_dense(), second.to_dense()
    if torch.equal(first, second):
        return True
    if not (first.is_floating_point() or first.is_complex()):
        return False
    return torch.equal(first.isnan(), second.isnan()) and torch.equal(first.nan_to_num(0.0), second.nan_to_num(0.0))


def _blank(variable: Variable) -> Tensor:
    return torch.zeros(variable.shape, dtype=variable.dtype, device=variable.device)


def _scattered(upstream: Tensor | None, record: Record, shape: tuple[int, ...]) -> Tensor | None:
    if upstream is None:
        return None
    base = upstream.new_zeros(shape).reshape(-1)
    return base.index_add_(0, record.extra["index"], upstream.reshape(-1)).reshape(shape)


def _flat(result: object) -> list[Tensor]:
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, (tuple, list)):
        return [tensor for part in result for tensor in _flat(part)]
    return []
