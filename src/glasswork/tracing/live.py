"""Live tensors and the variables they stand for: views, in-place writes, custom functions.

A tensor in a running program is memory that may be written again; a variable never changes. `Live` knows at each moment
which variable a tensor stands for. Where memory is written, the variables that lie in it first get copies of their own;
tensors that share it are read anew at their next use: a view from its base, as autograd does it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction

from glasswork.tracing.modes import source
from glasswork.tracing.tape import Record, Role, Slot, Tape, Use, Variable
from glasswork.tracing.untouched import Untouched

__all__ = ["Live"]


class _Place:
    """Where a live tensor stands: its variable, and how often its memory had been written when that was true."""

    __slots__ = ("tensor", "variable", "writes")

    def __init__(self, tensor: Tensor, variable: int, writes: int) -> None:
        self.tensor, self.variable, self.writes = tensor, variable, writes


class _Memory:
    """One storage: how often it was written, and the variables whose values still lie in it."""

    __slots__ = ("foreign", "storage", "variables", "writes")

    def __init__(self, storage: Any) -> None:
        self.storage, self.writes, self.foreign = storage, 0, False
        self.variables: list[int] = []


class Live:
    """Which variable each live tensor stands for; writes the records that only move numbers."""

    def __init__(self, tape: Tape, untouched: Untouched) -> None:
        self.tape, self.untouched = tape, untouched
        self._places: dict[int, _Place] = {}
        self._memories: dict[int, _Memory] = {}
        self._edges: dict[tuple[int, int], int] = {}
        self._nodes: list[Any] = []
        self._declared: dict[int, int] = {}
        self._visits: list[int] = []
        self._calls: list[int] = []
        self.leaves: dict[int, Tensor] = {}

    # Naming what is there before the step begins.

    def name(self, tensor: Tensor, role: Role, name: str) -> int:
        """Make a leaf variable of a tensor that exists before the step."""
        variable = self._variable(tensor, role, name)
        self._place(tensor, variable)
        if role in ("parameter", "input") and (tensor.is_floating_point() or tensor.is_complex()):
            self.leaves[variable] = tensor
        return variable

    def slotted(self, structure: Any, *, stale: bool = True) -> Any:
        """Return a nested structure with known tensors replaced by slots of their variables.

        Args:
            structure: tuples, lists and dictionaries of anything.
            stale: whether a tensor whose memory was written since may stand for its last known variable; otherwise it
                is left out, as an unknown one is.
        """
        if isinstance(structure, Tensor):
            place = self._places.get(id(structure))
            if place is None or place.tensor is not structure:
                return None
            if not stale and (
                place.writes != self._memory(structure).writes
                or (isinstance(structure.grad_fn, BackwardCFunction) and id(structure.grad_fn) not in self._declared)
            ):
                return None
            self._link(structure, place.variable)
            return Slot(place.variable)
        if isinstance(structure, (tuple, list)):
            parts = [self.slotted(part, stale=stale) for part in structure]
            return tuple(parts) if isinstance(structure, tuple) else parts
        if isinstance(structure, dict):
            return {key: self.slotted(part, stale=stale) for key, part in structure.items()}
        if hasattr(structure, "__dataclass_fields__"):
            fields = structure.__dataclass_fields__
            return {key: self.slotted(getattr(structure, key, None), stale=stale) for key in fields}
        return structure

    def current(self, tensor: Tensor) -> int:
        """Return the variable that a tensor stands for now."""
        return self._resolve(tensor)

    def hooked(self) -> tuple[int, ...]:
        """Return the variables whose gradient a hook of the user's own may change."""
        return tuple(place.variable for place in self._places.values() if place.tensor._backward_hooks)

    def forget(self) -> None:
        """Let go of the live tensors; the tape keeps values of its own."""
        self._places.clear()
        self._memories.clear()
        self._edges.clear()
        self._nodes.clear()
        self.leaves.clear()

    def _detach(self, operation: Any, tensor: Tensor) -> Tensor:
        """The same variable under another tensor; that no derivative flows through it is said by each use of it."""
        result: Tensor = operation(tensor)
        place = self._places.get(id(tensor))
        if place is None or place.tensor is not tensor:
            variable, writes = self._fresh_leaf(tensor), self._memory(tensor).writes
        else:
            variable, writes = place.variable, place.writes
        self._places[id(result)] = _Place(result, variable, writes)
        return result

    def _append(self, record: Record) -> None:
        record.index = len(self.tape.records)
        self.tape.records.append(record)

    def _settle(self, record: Record, outputs: list[Tensor], written: list[Tensor], tensors: list[Tensor]) -> None:
        """Note which live tensor now stands for which variable."""
        for tensor in written:
            memory = self._memory(tensor)
            memory.writes += 1
        fresh = {id(tensor): variable for tensor, variable in zip(outputs, record.outputs, strict=True)}
        for place, tensor in enumerate(written):
            variable = fresh.get(id(tensor))
            if variable is None:  # written, but not returned
                variable = self._variable(tensor, "value", None, record.index, len(record.outputs) + place)
                record.outputs = (*record.outputs, variable)
            fresh.pop(id(tensor), None)
            self._written(record, tensor, variable)
        for tensor in outputs:
            if id(tensor) in fresh:
                known = any(tensor is other for other in tensors)
                if not known or id(tensor) not in self._places:
                    self._place(tensor, fresh[id(tensor)])

    def _written(self, record: Record, tensor: Tensor, variable: int) -> None:
        """A tensor was written in place: say what that makes of it, and of the base it is a view of."""
        base = tensor._base if tensor._is_view() else None
        tracked = tensor.requires_grad or (base is not None and base.requires_grad)
        if not record.tracks and tracked:
            return  # behind autograd's back: stale, and read anew as "overwritten" at its next use
        if base is None:
            self._place(tensor, variable)
            return
        memory = self._memory(tensor)
        place = self._places.get(id(base))
        before = place.variable if place is not None and place.tensor is base else self._fresh_leaf(base)
        after = self._variable(base, "value", None, len(self.tape.records))
        self._append(
            Record(
                index=0,
                kind="scatter",
                name="scatter",
                operation=None,
                arguments=(Slot(0), Slot(1)),
                keywords={},
                uses=[Use(before, base.requires_grad and record.tracks), Use(variable, record.differentiable)],
                outputs=(after,),
                visit=record.visit,
                call=record.call,
                source=record.source,
                tracks=record.tracks,
                extra={"index": _positions(base, tensor)},
            )
        )
        self._place(base, after)
        self._places[id(tensor)] = _Place(tensor, variable, memory.writes - 1)  # a view: read anew from its base

    # From live tensors to variables.

    def _resolve(self, tensor: Tensor) -> int:
        """Return the variable that a tensor stands for now, reading it anew where its memory was written."""
        place = self._places.get(id(tensor))
        if place is None or place.tensor is not tensor:
            variable = self._fresh_leaf(tensor)
        else:
            variable = place.variable
            if place.writes != self._memory(tensor).writes:
                variable = self._read_anew(tensor, variable)
        node = tensor.grad_fn
        if isinstance(node, BackwardCFunction):
            variable = self._declare(tensor, node, variable)
        self._link(tensor, variable)
        return variable

    def _link(self, tensor: Tensor, variable: int) -> None:
        node = tensor.grad_fn
        if node is not None:
            key = (id(node), tensor.output_nr)
            if key not in self._edges:
                self._nodes.append(node)
            self._edges[key] = variable

    def _fresh_leaf(self, tensor: Tensor) -> int:
        """Return a variable for a tensor that was made outside the step."""
        role: Role = "constant"
        name = None
        if tensor.requires_grad and tensor.is_leaf:
            role, name = "parameter", f"leaf{sum(v.role == 'parameter' for v in self.tape.variables)}"
            self.tape.parameters[name] = len(self.tape.variables)
        self._memory(tensor).foreign = True
        variable = self._variable(tensor, role, name)
        self.tape.variables[variable].value = tensor.detach().clone()  # the program may go on to change it
        self._place(tensor, variable)
        if role == "parameter":
            self.leaves[variable] = tensor
        return variable

    def _read_anew(self, tensor: Tensor, before: int) -> int:
        base = tensor._base if tensor._is_view() else None
        visit = self._visits[-1] if self._visits else None
        call = self._calls[-1] if self._calls else None
        common: dict[str, Any] = {
            "index": 0, "operation": None, "keywords": {}, "visit": visit, "call": call, "source": source(),
            "tracks": torch.is_grad_enabled(),
        }  # fmt: skip
        needs = tensor.requires_grad
        if base is not None and base is not tensor:
            whole = self._resolve(base)
            variable = self._variable(tensor, "value", None, len(self.tape.records))
            index = _positions(base, tensor)
            self._append(
                Record(kind="gather", name="gather", arguments=(Slot(0),), uses=[Use(whole, needs)],
                       outputs=(variable,), extra={"index": index, "shape": tuple(tensor.shape)}, **common)
            )  # fmt: skip
        else:
            variable = self._variable(tensor, "value", None, len(self.tape.records))
            self._append(
                Record(kind="overwritten", name="overwritten", arguments=(Slot(0),), uses=[Use(before, needs)],
                       outputs=(variable,), **common)
            )  # fmt: skip
        self._place(tensor, variable)
        return variable

    def _declare(self, tensor: Tensor, node: Any, variable: int) -> int:
        """Note that a tensor came out of a custom autograd function, whose derivative is declared by its author."""
        index = self._declared.get(id(node))
        made = self.tape.variables[variable].record
        if index is None:
            uses, routes = [], []
            for route, (source, number) in enumerate(node.next_functions):
                if source is None:
                    continue
                known = self._edges.get((id(source), number))
                if known is None and hasattr(source, "variable"):
                    place = self._places.get(id(source.variable))
                    known = place.variable if place is not None else self._fresh_leaf(source.variable)
                if known is not None:
                    uses.append(Use(known, True))
                    routes.append(route)
            record = Record(
                index=0,
                kind="declared",
                name=type(node).__name__.removesuffix("Backward"),
                operation=None,
                arguments=tuple(Slot(place) for place in range(len(uses))),
                keywords={},
                uses=uses,
                outputs=(),
                visit=self._visits[-1] if self._visits else None,
                call=self._calls[-1] if self._calls else None,
                source=self.tape.records[made].source if made is not None else source(),
                extra={"order": (made if made is not None else len(self.tape.records), node._sequence_nr())},
            )
            self._append(record)
            index = self._declared[id(node)] = record.index
            self._nodes.append(node)

            def watch(returned: Any, received: Any) -> None:
                record.extra["received"] = {n: g.detach() for n, g in enumerate(received) if g is not None}
                record.extra["returned"] = [None if returned[r] is None else returned[r].detach() for r in routes]

            node.register_hook(watch)
        record = self.tape.records[index]
        if made == index:
            return variable
        after = self._variable(tensor, "value", None, index, len(record.outputs))
        record.outputs = (*record.outputs, after)
        record.extra.setdefault("numbers", {})[len(record.outputs) - 1] = tensor.output_nr
        self._place(tensor, after)
        return after

    def _place(self, tensor: Tensor, variable: int) -> None:
        self._places[id(tensor)] = _Place(tensor, variable, self._memory(tensor).writes)

    def _memory(self, tensor: Tensor) -> _Memory:
        if tensor.layout is not torch.strided:
            return _Memory(None)
        storage = tensor.untyped_storage()
        memory = self._memories.get(storage._cdata)
        if memory is None:
            memory = self._memories[storage._cdata] = _Memory(storage)
        return memory

    def _variable(
        self, tensor: Tensor, role: Role, name: str | None, record: int | None = None, place: int = 0,
        filled: bool = True,
    ) -> int:  # fmt: skip
        """Make a variable that holds a tensor's value now, by reference."""
        index = len(self.tape.variables)
        value = tensor.detach() if filled else None
        self.tape.variables.append(
            Variable(index, role, tuple(tensor.shape), tensor.dtype, value, name, record, place, tensor.device)
        )
        if filled and tensor.layout is torch.strided:
            self._memory(tensor).variables.append(index)
        return index

    def _keep_values(self, tensor: Tensor) -> None:
        """Before memory is written: give the variables that lie in it a copy of their own."""
        memory = self._memory(tensor)
        if memory.storage is None:
            return
        if memory.foreign:
            self.untouched.before_write(tensor)
        if not memory.variables:
            return
        copies: dict[torch.dtype, Tensor] = {}
        for index in memory.variables:
            variable = self.tape.variables[index]
            value = variable.value
            if value is None:
                continue
            if value.dtype not in copies:
                flat = torch.empty(0, dtype=value.dtype, device=value.device).set_(value.untyped_storage())
                copies[value.dtype] = flat.clone()
            variable.value = copies[value.dtype].as_strided(value.shape, value.stride(), value.storage_offset())
        memory.variables.clear()


def _positions(base: Tensor, view: Tensor) -> Tensor:
    """Return where each element of a view lies among its base's elements, by index arithmetic on their memory."""
    start = base.storage_offset()
    extent = 1 + sum((size - 1) * stride for size, stride in zip(base.shape, base.stride(), strict=True))
    offsets = torch.arange(extent)
    place = torch.full((extent,), -1, dtype=torch.int64)
    place[offsets.as_strided(base.shape, base.stride(), 0).reshape(-1)] = torch.arange(base.numel())
    return place[offsets.as_strided(view.shape, view.stride(), view.storage_offset() - start).reshape(-1)].to(
        base.device
    )
