"""The tape: one step as a list of primitive operations with their values. Plain data; nothing here computes.

Read it from the bottom up:

- a `Variable` is one value that never changes (single assignment): what an operation wrote, a parameter, an input, a
  buffer, a constant. A tensor that is written in place becomes a new variable; the old one keeps its old value.
- a `Record` is one primitive operation (`addmm`, `_softmax`, `convolution` ...): which variables went in, which came
  out, in which module, call and source line. ``record.arguments`` and ``record.keywords`` are what the operation was
  called with, a `Slot` standing for each tensor.
- a `Visit` is one call of a module, numbered per module from 1: the time step of a recurrent cell.
- a `Call` is one call of a function by its public name (`linear`, `lstm`, `cross_entropy`), the name that students
  know; calls nest, and each knows its arguments, its result and the records between. To explain a composite operation
  re-run its formula twin on ``call.arguments`` and compare with ``call.result``.
- the `Tape` holds them all, with the names of parameters and inputs, autograd's reference gradients, and the failure
  where the forward pass raised.

Indices are positions: ``tape.variables[7].index == 7``, and so on for records, visits and calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

__all__ = [
    "Call",
    "Failure",
    "Movement",
    "Record",
    "Slot",
    "Source",
    "Tape",
    "Use",
    "Variable",
    "Visit",
    "fill",
    "slots",
]

Role = Literal["parameter", "input", "target", "buffer", "constant", "value"]
Kind = Literal["operation", "gather", "scatter", "overwritten", "declared"]


@dataclass(slots=True)
class Variable:
    """One value: where it came from, and what it was."""

    index: int
    role: Role
    shape: tuple[int, ...]
    dtype: Any
    value: Tensor | None
    """Detached; never written again. None for memory that was never initialised."""
    name: str | None = None
    """A parameter's, buffer's or input's name (``layer.weight``, ``x``, ``x[1]``, ``y``); None for computed values."""
    record: int | None = None
    """The record that made it; None for leaves."""
    place: int = 0
    """Which of that record's outputs it is."""
    device: Any = "cpu"


@dataclass(slots=True, frozen=True)
class Slot:
    """Stands in a record's arguments for the tensor of its ``use``-th use, or in a call's for a variable."""

    index: int


@dataclass(slots=True)
class Use:
    """One tensor argument of a record."""

    variable: int
    needs: bool
    """Whether a derivative flows back through this use: what autograd said when it was used."""
    written: bool = False
    """Whether the operation writes its result into this argument's memory."""


@dataclass(slots=True)
class Source:
    """The line of the user's program that asked for an operation."""

    file: str
    line: int
    text: str
    function: str


@dataclass(slots=True)
class Record:
    """One primitive operation.

    Kinds beside ``operation``, none of which does arithmetic:

    - ``gather``: a view read anew after its base was written; ``extra["index"]`` are its positions in the base, flat.
    - ``scatter``: a base after one of its views was written; uses are (base before, the view's new value).
    - ``overwritten``: memory changed behind autograd's back (`no_grad`, `.data`, `detach`): the value is new, the
      derivative passes through unchanged to the variable before.
    - ``declared``: a custom autograd function. Its derivative is what its author declared: autograd's own gradients on
      both sides are kept, ``extra["received"]`` per output and ``extra["returned"]`` per use.
    """

    index: int
    kind: Kind
    name: str
    operation: Callable[..., Any] | None
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    uses: list[Use]
    outputs: tuple[int, ...]
    visit: int | None = None
    call: int | None = None
    source: Source | None = None
    tracks: bool = True
    """Whether gradients were enabled."""
    random: bool = False
    """Whether it drew random numbers; its outcome is recorded, and ``extra["state"]`` draws it again."""
    answer: Any = None
    """For an operation that returns a plain number or bool: what the program then branched on."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[int, ...]:
        """The variables that went in, in order of the arguments."""
        return tuple(use.variable for use in self.uses)

    @property
    def differentiable(self) -> bool:
        """Whether a derivative flows back through any of its uses."""
        return any(use.needs for use in self.uses)


@dataclass(slots=True)
class Visit:
    """One call of a module."""

    index: int
    path: str
    """The module's name in ``named_modules``; empty for the model itself, ``loss`` for a loss that is a module."""
    number: int
    """Which call of this module it is, from 1."""
    kind: str
    module: Any
    parent: int | None
    first: int
    """The records from `first` up to, not including, `last` were made inside."""
    last: int
    arguments: Any = ()
    result: Any = None
    failed: bool = False


@dataclass(slots=True)
class Call:
    """One call of a function by its public name; in `arguments`, `keywords` and `result` a Slot holds a variable."""

    index: int
    name: str
    function: Callable[..., Any]
    parent: int | None
    visit: int | None
    first: int
    last: int
    arguments: Any = ()
    keywords: Any = None
    result: Any = None
    source: Source | None = None


@dataclass(slots=True)
class Failure:
    """Why there is no step: the forward pass raised. The tape holds all that came before."""

    error: BaseException
    where: str
    """The path of the innermost module that was at work."""
    visit: int | None
    call: int | None
    operation: str | None
    """The operation that raised, when it was one of torch's."""
    shapes: tuple[tuple[int, ...], ...]
    """The shapes that went into it."""
    source: Source | None


@dataclass(slots=True)
class Movement:
    """What the real optimizer did to one parameter, seen from outside."""

    name: str
    variable: int
    kind: type
    """The optimizer's class."""
    settings: dict[str, Any]
    """Its parameter group, without the parameters."""
    gradient: Tensor | None
    before: dict[str, Any]
    """The optimizer's state for this parameter before the step; empty on the first one."""
    state: dict[str, Any]
    """The same after the step; of large tensors only their comparison is kept, in `judged`."""
    start: Tensor
    """The parameter as the optimizer found it: the tape's value, unless the forward pass had changed it."""
    after: Tensor
    """The parameter after the step."""
    judged: tuple[float, float] | None = None
    """Largest difference of the formula's state from the real one, and what rounding may account for."""


@dataclass(slots=True)
class Tape:
    """One step, forward; with autograd's own gradients as the reference for ours."""

    dtype: Any
    """The type it was traced in."""
    own: Any = None
    """The model's own type."""
    variables: list[Variable] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    parameters: dict[str, int] = field(default_factory=dict)
    """Name -> variable; only those that were used, or that require a gradient."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Further names of shared parameters -> the name in `parameters`."""
    inputs: dict[str, int] = field(default_factory=dict)
    targets: dict[str, int] = field(default_factory=dict)
    buffers: dict[str, int] = field(default_factory=dict)
    outputs: Any = None
    """What the model returned, a Slot for each tensor."""
    loss: int | None = None
    reference: dict[int, Tensor | None] = field(default_factory=dict)
    """Autograd's gradient of the loss: leaf variable -> gradient, None where it found no path."""
    movements: dict[int, Movement] = field(default_factory=dict)
    """What the optimizer did: parameter's variable -> movement; empty without an optimizer."""
    hooked: tuple[int, ...] = ()
    """Variables whose gradient the user's own tensor hooks may change."""
    failure: Failure | None = None
    notes: list[str] = field(default_factory=list)
    """What the reader should know about how it was recorded, a sentence each."""

    def value(self, variable: int) -> Tensor:
        """Return a variable's value.

        Raises:
            ValueError: it was memory that nobody had filled.
        """
        value = self.variables[variable].value
        if value is None:
            raise ValueError(f"variable {variable} is uninitialised memory; it has no value.")
        return value

    def leaf(self, name: str) -> int | None:
        """Return the variable of a parameter, input or buffer by its name, shared names included."""
        name = self.aliases.get(name, name)
        for table in (self.parameters, self.inputs, self.buffers, self.targets):
            if name in table:
                return table[name]
        return None

    def users(self) -> dict[int, list[tuple[int, int]]]:
        """Return for each variable the uses of it: (record, which use)."""
        found: dict[int, list[tuple[int, int]]] = {}
        for record in self.records:
            for place, use in enumerate(record.uses):
                found.setdefault(use.variable, []).append((record.index, place))
        return found

    def leaves(self) -> Iterator[Variable]:
        """Yield the leaves with a reference gradient: parameters and floating inputs."""
        for index in self.reference:
            yield self.variables[index]

    def path(self, record: Record) -> str:
        """Return the module path of a record, with the visit's number where there are several."""
        if record.visit is None:
            return ""
        visit = self.visits[record.visit]
        several = any(other.path == visit.path and other.number > 1 for other in self.visits)
        return f"{visit.path} #{visit.number}" if several else visit.path

    def size(self) -> int:
        """Return the bytes that the recorded values hold, memory shared between them counted once."""
        seen: dict[int, int] = {}
        for variable in self.variables:
            if variable.value is not None and variable.value.layout is torch.strided:
                storage = variable.value.untyped_storage()
                seen[storage.data_ptr()] = storage.nbytes()
        return sum(seen.values())


def slots(structure: Any) -> Iterator[Slot]:
    """Yield the slots in nested tuples, lists and dictionaries, in order."""
    if isinstance(structure, Slot):
        yield structure
    elif isinstance(structure, (tuple, list)):
        for part in structure:
            yield from slots(part)
    elif isinstance(structure, Mapping):
        for part in structure.values():
            yield from slots(part)


def fill(structure: Any, values: Callable[[int], Any]) -> Any:
    """Return a copy of a nested structure with each slot replaced by ``values(slot.index)``."""
    if isinstance(structure, Slot):
        return values(structure.index)
    if isinstance(structure, (tuple, list)):
        parts = [fill(part, values) for part in structure]
        return tuple(parts) if isinstance(structure, tuple) else parts
    if isinstance(structure, Mapping):
        return {key: fill(part, values) for key, part in structure.items()}
    return structure


def element_at(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of the number at a flat place of a tensor.

    >>> element_at(5, (2, 3))
    (1, 2)
    """
    found = []
    for size in reversed(shape):
        place, rest = divmod(place, size)
        found.append(rest)
    return tuple(reversed(found))
