"""The recorder: watches a forward pass and writes the tape.

Two modes of torch, nested. The function mode sees calls by their public names; the dispatch mode sees each primitive
operation with its values. Autograd itself says, at each use of a tensor, whether a derivative flows through it and
which tensor a view belongs to, so that what the tape claims about in-place writes is what autograd will do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.tracing.live import Live
from glasswork.tracing.modes import Functions, Operations, source
from glasswork.tracing.precision import Precision, default_generator, is_random
from glasswork.tracing.tape import Call, Failure, Record, Slot, Source, Tape, Use, Visit
from glasswork.tracing.untouched import Untouched

__all__ = ["Recorder"]

_SILENT = {"aten::native_batch_norm", "aten::cudnn_batch_norm", "aten::miopen_batch_norm"}
"""Operations that write the running statistics although their schema does not say so."""
_UNFILLED = {"aten::empty", "aten::empty_like", "aten::new_empty", "aten::empty_strided", "aten::new_empty_strided"}


class Recorder(Live):
    """Fills a tape while its `watching` context is open."""

    def __init__(self, tape: Tape, precision: Precision, untouched: Untouched) -> None:
        super().__init__(tape, untouched)
        self.precision = precision
        self._counts: dict[str, int] = {}
        self._attempt: tuple[str, tuple[tuple[int, ...], ...], Source | None, int | None, int | None] | None = None

    # Watching.

    @contextlib.contextmanager
    def watching(self, modules: dict[str, nn.Module]) -> Iterator[None]:
        """Record what happens inside; `modules` are told apart by these names."""
        handles = []
        for path, module in modules.items():
            handles.append(module.register_forward_pre_hook(self._entering(path), with_kwargs=True, prepend=True))
            handles.append(module.register_forward_hook(self._leaving(path), with_kwargs=True))
        functional = torch.nn.functional
        checks = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")
        before = {name: getattr(functional, name) for name in checks}
        functions = Functions(self)
        try:
            for name, check in before.items():
                setattr(functional, name, functions.guard(check))
            with functions, Operations(self):
                yield
        finally:
            for name, check in before.items():
                setattr(functional, name, check)
            for handle in handles:
                handle.remove()
            for visit in self._visits:
                self.tape.visits[visit].last = len(self.tape.records)
                self.tape.visits[visit].failed = True
            self._visits.clear()

    def failure(self, error: BaseException) -> Failure:
        """Describe why the forward pass stopped; to be asked once `watching` has ended."""
        failed = [visit for visit in self.tape.visits if visit.failed]
        innermost = failed[-1] if failed else None
        operation, shapes, line, visit, call = self._attempt or (None, (), None, None, None)
        return Failure(
            error=error,
            where=innermost.path if innermost else "",
            visit=innermost.index if innermost else visit,
            call=call,
            operation=operation,
            shapes=shapes,
            source=line,
        )

    def _entering(self, path: str) -> Callable[..., None]:
        def enter(module: nn.Module, arguments: Any, keywords: Any) -> None:
            self._counts[path] = self._counts.get(path, 0) + 1
            given = self.slotted((*arguments, keywords) if keywords else arguments)
            visit = Visit(
                index=len(self.tape.visits),
                path=path,
                number=self._counts[path],
                kind=type(module).__name__,
                module=module,
                parent=self._visits[-1] if self._visits else None,
                first=len(self.tape.records),
                last=len(self.tape.records),
                arguments=given,
            )
            self.tape.visits.append(visit)
            self._visits.append(visit.index)

        return enter

    def _leaving(self, path: str) -> Callable[..., None]:
        def leave(module: nn.Module, arguments: Any, keywords: Any, result: Any) -> None:
            while self._visits:
                visit = self.tape.visits[self._visits.pop()]
                visit.last = len(self.tape.records)
                if visit.module is module:
                    visit.result = self.slotted(result)
                    return
                visit.failed = True

        return leave

    # Calls by public names.

    def begin_call(self, function: Callable[..., Any], name: str, arguments: Any, keywords: Any) -> Call:
        """Open a call; its records and inner calls follow."""
        call = Call(
            index=len(self.tape.calls),
            name=name,
            function=function,
            parent=self._calls[-1] if self._calls else None,
            visit=self._visits[-1] if self._visits else None,
            first=len(self.tape.records),
            last=len(self.tape.records),
            arguments=self.slotted(arguments, stale=False),
            keywords=self.slotted(keywords or {}, stale=False),
            source=source(),
        )
        self.tape.calls.append(call)
        self._calls.append(call.index)
        return call

    def end_call(self, call: Call, result: Any, arguments: Any = (), keywords: Any = None) -> None:
        """Close a call; one that did nothing is taken off the tape. Constants among its arguments are known by now."""
        while self._calls and self._calls.pop() != call.index:
            pass
        call.last = len(self.tape.records)
        if call.last == call.first and self.tape.calls[-1] is call:
            self.tape.calls.pop()
            return
        call.result = self.slotted(result)
        call.arguments = _completed(call.arguments, self.slotted(arguments, stale=False))
        call.keywords = _completed(call.keywords, self.slotted(keywords or {}, stale=False))

    def abandon_call(self, call: Call) -> None:
        """Close a call that raised."""
        call.last = len(self.tape.records)
        if self._attempt is None:
            given = [self.tape.variables[slot.index].shape for slot in _slots((call.arguments, call.keywords))]
            self._attempt = (call.name, tuple(given), call.source, call.visit, call.index)
        elif self._attempt[4] is None:
            self._attempt = (*self._attempt[:4], call.index)
        while self._calls and self._calls.pop() != call.index:
            pass

    # Primitive operations.

    def operate(self, operation: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Carry out one primitive operation and write its record."""
        schema = operation._schema
        if schema.name == "aten::detach":
            return self._detach(operation, arguments[0])
        uses: list[Use] = []
        tensors: list[Tensor] = []
        tracks = torch.is_grad_enabled()
        write_names = {a.name for a in schema.arguments if a.alias_info is not None and a.alias_info.is_write}
        names = [a.name for a in schema.arguments]
        if schema.name in _SILENT and dict(zip(names, arguments, strict=False)).get("training"):
            write_names |= {"running_mean", "running_var"}
        for value in keywords.values():
            if isinstance(value, torch.Generator):
                self.untouched.before_draw(value)

        def convert(value: Any, written: bool) -> Any:
            if isinstance(value, Tensor):
                variable = self._resolve(value)
                uses.append(Use(variable, tracks and value.requires_grad, written))
                tensors.append(value)
                return Slot(len(uses) - 1)
            if isinstance(value, (tuple, list)):
                return type(value)(convert(part, written) for part in value)
            return value

        slotted = tuple(convert(a, n in write_names) for n, a in zip(names, arguments, strict=False))
        named = {key: convert(value, key in write_names) for key, value in keywords.items()}
        random = is_random(operation)
        record = Record(
            index=-1,
            kind="operation",
            name=schema.name.removeprefix("aten::"),
            operation=operation,
            arguments=slotted,
            keywords=named,
            uses=uses,
            outputs=(),
            visit=self._visits[-1] if self._visits else None,
            call=self._calls[-1] if self._calls else None,
            source=source(),
            tracks=tracks,
            random=random,
        )
        if random:
            generator = next((v for v in (*arguments, *keywords.values()) if isinstance(v, torch.Generator)), None)
            device = next((tensor.device for tensor in tensors), keywords.get("device") or torch.device("cpu"))
            record.extra["device"] = torch.device(device)
            record.extra["state"] = (generator or default_generator(record.extra["device"])).get_state()
        written = [tensor for use, tensor in zip(uses, tensors, strict=True) if use.written]
        for tensor in written:
            self._keep_values(tensor)
        self._attempt = (
            record.name, tuple(tuple(t.shape) for t in tensors), record.source, record.visit, record.call
        )  # fmt: skip
        result = self.precision.carry_out(operation, arguments, keywords)
        self._attempt = None
        flat = _flat(result)
        if flat and not written and all(any(out is tensor for tensor in tensors) for out in flat):
            return result
        if not flat:
            if result is not None and schema.returns:
                record.answer = result
                self._append(record)
            elif written:
                flat = written
        if flat:
            record.index = len(self.tape.records)
            record.outputs = tuple(
                self._variable(tensor, "value", None, record.index, place, filled=schema.name not in _UNFILLED)
                for place, tensor in enumerate(flat)
            )
            self._append(record)
            self._settle(record, flat, written, tensors)
        return result


def _flat(result: Any) -> list[Tensor]:
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, (tuple, list)):
        return [tensor for part in result for tensor in _flat(part)]
    return []


def _completed(before: Any, after: Any) -> Any:
    """Return the structure before, its gaps (tensors that were not known yet) filled from the one after."""
    if before is None:
        return after
    if isinstance(before, (tuple, list)) and isinstance(after, (tuple, list)) and len(before) == len(after):
        return type(before)(_completed(one, other) for one, other in zip(before, after, strict=True))
    if isinstance(before, dict) and isinstance(after, dict):
        return {key: _completed(part, after.get(key)) for key, part in before.items()}
    return before


def _slots(structure: Any) -> list[Slot]:
    if isinstance(structure, Slot):
        return [structure]
    if isinstance(structure, (tuple, list)):
        return [slot for part in structure for slot in _slots(part)]
    if isinstance(structure, dict):
        return [slot for part in structure.values() for slot in _slots(part)]
    return []
