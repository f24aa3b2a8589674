"""Expand: a composite call of the tape, done again in readable steps, and compared with what the tape says.

`expand` finds the expansion of a call by its name among the files of this folder, runs it on the recorded arguments,
and lets `agree` compare: results with the tape's, gradients of the arguments with the swept ones, and each formula, on
a sample of elements, with the value beside it. One that does not agree is refused, and says why.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.meaning.agreement import agree
from glasswork.tracing.meaning.expansion import Expansion
from glasswork.tracing.meaning.steps import Decline, Steps
from glasswork.tracing.replay import replaying
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Call, Tape, fill

__all__ = ["Readable", "expand", "expandable", "expansions", "known"]

Readable = Callable[..., Any]
"""``readable(steps, *arguments)`` with the arguments of the call; returns what the call returned."""


@lru_cache(maxsize=1)
def known() -> Mapping[str, Readable]:
    """Return the expansions of this folder by the names of the calls that they explain.

    A file takes part if it has a table ``EXPLAINS``: name of the call -> function.
    """
    package = import_module("glasswork.tracing.meaning")
    found: dict[str, Readable] = {}
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        found.update(getattr(import_module(module.name), "EXPLAINS", {}))
    return found


def expandable(call: Call, also: Mapping[str, Readable] | None = None) -> bool:
    """Whether there is an expansion of this name; whether it agrees only `expand` can say."""
    return call.name in known() or call.name in (also or {})


def expand(
    call: Call | int, tape: Tape, sweep: Sweep | None = None, *, also: Mapping[str, Readable] | None = None
) -> Expansion | None:
    """Return a call in readable steps, compared with the tape.

    Args:
        call: of the tape, or its index.
        tape: where it was recorded.
        sweep: for the gradients; None, or one that kept no cotangents, gives values alone.
        also: further expansions, which go before those of this folder.

    Returns:
        The expansion; if it was refused, one with a ``reason`` and no steps. None where there is none of this name.

    >>> from glasswork.tracing import record, sweep
    >>> net = torch.nn.LSTM(2, 1)
    >>> tape = record(net, lambda out: out[0].sum(), torch.ones(2, 1, 2))
    >>> lstm = next(call for call in tape.calls if call.name == "lstm")
    >>> found = expand(lstm, tape, sweep(tape))
    >>> found.ok, found.find("f", time=2).title
    (True, 'forget gate')
    """
    call = tape.calls[call] if isinstance(call, int) else call
    readable = (also or {}).get(call.name) or known().get(call.name)
    if readable is None or call.result is None:
        return None
    found = Expansion(call.index, call.name, where=_where(tape, call))
    try:
        _run(found, readable, call, tape, sweep if sweep is not None and sweep.kept else None)
    except Decline as why:
        found.reason = f"{call.name} is shown as its plain operations: {why}."
    except (TypeError, ValueError, IndexError, RuntimeError, KeyError, ArithmeticError) as error:
        found.reason = f"{call.name} is shown as its plain operations: its readable form failed ({error})."
    if found.reason:
        found.steps, found.gradients, found.results = [], {}, {}
    return found


def expansions(
    tape: Tape, sweep: Sweep | None = None, *, also: Mapping[str, Readable] | None = None
) -> dict[int, Expansion]:
    """Return the expansions of a tape's outermost calls that have one; of a refused one also what lies within it."""
    found: dict[int, Expansion] = {}
    for call in tape.calls:
        parent = call.parent
        while parent is not None and not (
            parent in found and (found[parent].ok or tape.calls[parent].name == call.name)
        ):
            parent = tape.calls[parent].parent
        if parent is None:
            one = expand(call, tape, sweep, also=also)
            if one is not None:
                found[call.index] = one
    return found


def _run(found: Expansion, readable: Readable, call: Call, tape: Tape, sweep: Sweep | None) -> None:
    inside = tape.records[call.first : call.last]
    needed = {use.variable for record in inside for use in record.uses if use.needs}
    leaves: dict[int, Tensor] = {}
    variables: dict[int, int] = {}
    held: list[Tensor] = []  # so that no id is used twice

    def live(variable: int) -> Tensor:
        """Another name of the leaf for each time that it is an argument, so that each has a gradient of its own."""
        if variable not in leaves:
            value = tape.value(variable).detach()
            leaves[variable] = value.requires_grad_() if variable in needed else value
        alias = leaves[variable].view_as(leaves[variable])
        held.append(alias)
        variables[id(alias)] = variable
        return alias

    masks = [tape.value(record.outputs[0]) for record in inside if record.random]
    steps = Steps(variables, masks, _time(tape, call))
    with replaying(tape), torch.enable_grad():
        arguments = fill(call.arguments, live)
        keywords = fill(call.keywords or {}, live)
        try:
            inspect.signature(readable).bind(steps, *arguments, **keywords)
        except TypeError as error:
            raise Decline(f"it was called in another form ({error})") from None
        results = readable(steps, *arguments, **keywords)
    found.title, found.steps, found.remarks = steps.title or call.name, steps.quantities, steps.remarks
    agree(found, call, tape, sweep, results, leaves)
    for quantity in found.steps:
        quantity.live = None


def _where(tape: Tape, call: Call) -> str:
    return "" if call.visit is None else tape.visits[call.visit].path


def _time(tape: Tape, call: Call) -> int | None:
    if call.visit is None:
        return None
    visit = tape.visits[call.visit]
    return visit.number if any(v.path == visit.path and v.number > 1 for v in tape.visits) else None
