"""Notation: how a number of the tape is called on the page.

A chain of linear layers is written as in the lecture: w^k_ij is the weight of layer k from unit i to unit j, b_kj the
bias of its unit j, z^k_j what arrives there, O_kj what it gives out, δ^k_j the derivative of the loss with respect to
z^k_j; x_i an input, y_j a target, L the loss. Layers, units and samples count from 1. Everything else goes by the name
that PyTorch knows it by, indices from 0: ``encoder.0.weight[3,1]``, ``encoder.0.out[0,3]``.

The convention is a setting: `Notation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from glasswork.errors import UsageError
from glasswork.tracing.algebra import Ref, Sym
from glasswork.tracing.document import Letters, Named, named
from glasswork.tracing.tape import Record, Slot, Tape, element_at, slots

__all__ = ["MOVERS", "Names", "Notation"]

Element = tuple[int, ...]

MOVERS = frozenset(
    {
        "_reshape_alias", "_unsafe_view", "alias", "as_strided", "cat", "chunk", "clone", "contiguous", "copy_",
        "detach", "diagonal", "embedding", "expand", "flip", "gather", "index", "index_select", "lift_fresh",
        "masked_select", "movedim", "narrow", "permute", "repeat", "reshape", "roll", "select", "slice", "split",
        "split_with_sizes", "squeeze", "stack", "t", "transpose", "transpose_", "unbind", "unfold", "unsafe_chunk",
        "unsafe_split", "unsqueeze", "view", "to_copy", "_to_copy", "constant_pad_nd", "squeeze_", "unsqueeze_", "t_",
        "_pack_padded_sequence", "select_scatter", "slice_scatter", "flatten",
    }
)  # fmt: skip
"""Operations that only move numbers."""

_ACTIVATIONS = frozenset(
    {"sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu", "elu", "softplus", "_softmax", "hardtanh", "clamp"}
)


@dataclass(frozen=True, slots=True)
class Notation:
    """How symbols are written."""

    symbols: Literal["auto", "layers", "names"] = "auto"
    """``layers``: w^k_ij for every linear layer; ``names``: PyTorch's names for everything; ``auto``: the first if all
    parameters belong to linear layers, each used once."""
    weights: Literal["from_to", "to_from"] = "from_to"
    """w^k_ij from unit i to unit j, or to unit i from unit j."""
    output: str = "O"
    """The letter of a unit's output: O_kj; any other letter is written with the layer above, a^k_j."""
    delta: str = "δ"
    first: int = 1
    """The number of the first unit, layer and sample."""
    given: Mapping[int, Letters] = field(default_factory=dict)
    """Letters for whole variables of the tape; an element's indices stand below them."""

    @staticmethod
    def of(wanted: Any) -> Notation:
        """Return the notation that is meant by one, by its name, or by None.

        >>> Notation.of("names").symbols, Notation.of("to_from").weights, Notation.of(None).output
        ('names', 'to_from', 'O')
        """
        match wanted:
            case Notation():
                return wanted
            case None | "auto" | "course":
                return Notation()
            case "names" | "layers":
                return Notation(symbols=wanted)
            case "to_from" | "from_to":
                return Notation(weights=wanted)
        raise UsageError(f"notation: expected a Notation, 'course', 'names', 'layers' or 'to_from', got {wanted!r}.")


@dataclass(slots=True)
class _Layer:
    number: int
    weight: int
    bias: int | None
    path: str


class Names:
    """The names of all numbers of one tape."""

    def __init__(self, tape: Tape, notation: Notation) -> None:
        self.tape, self.notation = tape, notation
        self.layers: list[_Layer] = []
        self._weights: dict[int, _Layer] = {}
        self._biases: dict[int, _Layer] = {}
        self._inside: dict[int, _Layer] = {}
        self._outside: dict[int, _Layer] = {}
        self._shown: dict[int, tuple[int, ...]] = {}
        self._titles: dict[int, str] = {}
        self._results: dict[int, str] = {}
        self._arrays: dict[int, Any] = {}
        made = [tape.variables[slot.index].record for slot in slots(tape.outputs)]
        self._last = max((record for record in made if record is not None), default=-1)
        self._number_layers()
        self._entitle()
        self.samples = next((tape.variables[v].shape[0] for v in tape.inputs.values() if tape.variables[v].shape), 1)

    def letters(self, variable: int, element: Element) -> Letters:
        """Return the letters of one number."""
        given = self.notation.given.get(variable)
        if given is not None:
            single = all(size == 1 for size in self.tape.variables[variable].shape)
            below = given.lower if single else ",".join(map(str, element))
            return Letters(given.base, given.upper, below, given.at, given.accent)
        found = self.tape.variables[variable]
        one = self.notation.first
        if self.layers:
            layered = self._layered(variable, element)
            if layered is not None:
                return layered
            if found.role in ("input", "target") and found.name in ("x", "y") and 1 <= len(found.shape) <= 2:
                single = len(found.shape) == 1
                unit = "" if single else str(element[1] + one)
                if not single or self.samples != found.shape[0]:
                    return Letters(found.name, "", unit or str(element[0] + one), self._sample(element[:-1]))
                return Letters(found.name, at=self._sample(element))
        if variable == self.tape.loss:
            return Letters("L")
        shape = self._shown.get(variable)
        if shape is not None:
            element = _reshaped(element, found.shape, shape)
        if found.record is not None and all(size == 1 for size in found.shape):
            return Letters(self.title(variable))
        index = ",".join(map(str, element))
        return Letters(f"{self.title(variable)}[{index}]" if index else self.title(variable))

    def is_plumbing(self, variable: int) -> bool:
        """Whether a computed value has no name of its own, only its operation's."""
        if variable in self.notation.given or variable in self._inside or variable in self._outside:
            return False
        found = self.tape.variables[variable]
        return found.record is not None and variable not in self._results and variable != self.tape.loss

    def layer(self, variable: int) -> int | None:
        """Return the number of the layer whose z or output a variable is."""
        found = self._inside.get(variable) or self._outside.get(variable)
        return None if found is None else found.number

    def value(self, variable: int, element: Element) -> float:
        """Return one number."""
        array = self._arrays.get(variable)
        if array is None:
            value = self.tape.value(variable).detach()
            plain = value.dtype in (torch.float32, torch.float64)
            array = self._arrays[variable] = (value if plain else value.double()).numpy()
        return float(array[element])

    def symbol(self, variable: int, element: Element) -> Named:
        """Return one number with its name."""
        value = self.value(variable, element)
        return named(self.letters(variable, element), value, Ref(variable, element))

    def delta(self, variable: int, element: Element, value: float) -> Named:
        """Return the derivative of the loss with respect to one number, with its name."""
        letters = self.letters(variable, element)
        layer = self._inside.get(variable)
        if layer is not None and not self.notation.given.get(variable):
            letters = Letters(self.notation.delta, letters.upper, letters.lower, letters.at)
        else:
            letters = Letters(letters.base, letters.upper, letters.lower, letters.at, letters.accent, True)
        return named(letters, value, Ref(variable, element, "cotangent"))

    def optimizer(self, name: str, variable: int, element: Element, symbol: Sym) -> Named:
        """Return a symbol of an update's formula with its letters."""
        letters = self.letters(variable, element)
        if name == "w":
            found = letters
        elif name == "w_new":
            found = Letters(letters.base, letters.upper, letters.lower, letters.at, "new")
        elif name == "g":
            found = Letters(letters.base, letters.upper, letters.lower, letters.at, "", True)
        else:
            base, _, tail = name.partition("_")
            base = {
                "lr": "η", "beta1": "β1", "beta2": "β2", "eps": "ε", "lambda": "λ", "alpha": "α", "mu": "μ",
                "tau": "τ", "gamma": "γ",
            }.get(base, base)  # fmt: skip
            accent: Any = tail if tail in ("hat", "old", "new") else ""
            found = Letters(base, "", "" if accent else tail, "", accent)
        return Named(found.plain, symbol.value, symbol.at, found)

    def title(self, variable: int) -> str:
        """Return the name of a whole variable."""
        found = self.tape.variables[variable]
        name = found.name or self._titles.get(variable, f"v{variable}")
        return f"{name}′" if name in ("e", "pi", "π") else name  # these read as the numbers

    def where(self, record: Record) -> str:
        """Return the module path of a record; ``loss`` outside of the model."""
        inside = record.visit is not None or record.index <= self._last
        return self.tape.path(record).replace(" #", "#") or ("" if inside else "loss")

    @staticmethod
    def parse(name: str) -> tuple[str, tuple[int | None, ...] | None]:
        """Split ``h.weight[0,1]`` into the name and the element; a colon, for all of an axis, is None.

        >>> Names.parse("h.weight[0,1]"), Names.parse("h.weight[0,:]"), Names.parse("blocks[0]x")
        (('h.weight', (0, 1)), ('h.weight', (0, None)), ('blocks[0]x', None))
        """
        head, bracket, tail = name.rpartition("[")
        parts = [part.strip() for part in tail.removesuffix("]").split(",")]
        if not bracket or not tail.endswith("]") or not all(re.fullmatch(r"-?\d+|:", part) for part in parts):
            return name, None
        return head, tuple(None if part == ":" else int(part) for part in parts)

    # Layers.

    def _number_layers(self) -> None:
        tape = self.tape
        if self.notation.symbols == "names":
            return
        parameters = set(tape.parameters.values())
        used: dict[int, int] = {}
        found = []
        for call in tape.calls:
            if call.name != "linear" or len(call.arguments) < 2 or not isinstance(call.arguments[1], Slot):
                continue
            weight = call.arguments[1].index
            given = call.arguments[2] if len(call.arguments) > 2 else (call.keywords or {}).get("bias")
            bias = given.index if isinstance(given, Slot) else None
            if weight in parameters and isinstance(call.result, Slot):
                used[weight] = used.get(weight, 0) + 1
                found.append((call, weight, bias if bias in parameters else None))
        once = [entry for entry in found if used[entry[1]] == 1]
        covered = {weight for _, weight, _ in once} | {bias for _, _, bias in once}
        whole = len(once) == len(found) and parameters <= covered and all(len(tape.variables[v].shape) <= 2
                                                                        for v in tape.inputs.values())  # fmt: skip
        if self.notation.symbols == "auto" and not whole:
            return
        for call, weight, bias in once:
            path = tape.visits[call.visit].path if call.visit is not None else ""
            layer = _Layer(len(self.layers) + self.notation.first, weight, bias, path)
            self.layers.append(layer)
            self._weights[weight] = layer
            if bias is not None:
                self._biases[bias] = layer
            self._claim(call.result.index, layer)
        self._claim_outputs()

    def _claim(self, result: int, layer: _Layer) -> None:
        """The result of a linear layer is z; so are the same numbers before they were reshaped."""
        self._inside[result] = layer
        for before in self._reshaped_from(result):
            self._inside[before] = layer

    def _reshaped_from(self, result: int) -> Iterator[int]:
        """Yield the variables that hold the same numbers before they were put in this shape."""
        tape = self.tape
        variable = tape.variables[result]
        while variable.record is not None:
            record = tape.records[variable.record]
            if record.name not in ("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze") or not record.uses:
                break
            before = tape.variables[record.uses[0].variable]
            self._shown[before.index] = tape.variables[result].shape
            yield before.index
            variable = before

    def _claim_outputs(self) -> None:
        for record in self.tape.records:
            if record.name.rstrip("_") in _ACTIVATIONS and record.uses and record.uses[0].variable in self._inside:
                before = record.uses[0].variable
                layer = self._inside[before]
                self._outside[record.outputs[-1]] = layer
                if before in self._shown:
                    self._shown[record.outputs[-1]] = self._shown[before]

    def _layered(self, variable: int, element: Element) -> Letters | None:
        one = self.notation.first
        if variable in self._weights and len(element) == 2:
            pair = (element[1] + one, element[0] + one)
            if self.notation.weights == "to_from":
                pair = (pair[1], pair[0])
            return Letters("w", str(self._weights[variable].number), _together(pair))
        if variable in self._biases and len(element) == 1:
            return Letters("b", "", _together((self._biases[variable].number, element[0] + one)))
        for table, letter in ((self._inside, "z"), (self._outside, self.notation.output)):
            if variable in table and element:
                shape = self._shown.get(variable)
                if shape is not None:
                    element = _reshaped(element, self.tape.variables[variable].shape, shape)
                at, unit, layer = self._sample(element[:-1]), element[-1] + one, table[variable].number
                if letter == "O":
                    return Letters("O", "", _together((layer, unit)), at)
                return Letters(letter, str(layer), str(unit), at)
        return None

    def _sample(self, outer: Element) -> str:
        """What stands in brackets: nothing if there is one sample only."""
        if self.samples == 1 and not any(outer):
            return ""
        return ",".join(str(at + self.notation.first) for at in outer)

    # Names.

    def _entitle(self) -> None:
        tape = self.tape
        results = self._results
        several_visits = {visit.path for visit in tape.visits if visit.number > 1}
        for visit in tape.visits:
            if isinstance(visit.result, Slot):
                several = visit.path in several_visits
                tag = f"#{visit.number}" if several else ""
                title = f"{visit.path}{tag}.out" if visit.path else "output"
                results[visit.result.index] = title
                results.update((before, title) for before in self._reshaped_from(visit.result.index))
        counts: dict[tuple[str, str], int] = {}
        for record in tape.records:
            where = self.where(record)
            name = record.name.strip("_").removeprefix("native_")
            for place, variable in enumerate(record.outputs):
                if variable in results:
                    self._titles[variable] = results[variable]
                    continue
                inner = name
                if "norm" in name and place:
                    inner = f"{name}.{('mean', 'rstd')[place - 1]}" if place < 3 else f"{name}.{place}"
                counts[where, inner] = counts.get((where, inner), 0) + 1
                number = counts[where, inner]
                self._titles[variable] = f"{where}.{inner}{number if number > 1 else ''}".lstrip(".")
        for one in tape.variables:
            if one.name is None and one.index not in self._titles:
                self._titles[one.index] = f"constant{one.index}"


def _together(indices: tuple[int, ...]) -> str:
    """Indices side by side; a comma between them where one has two digits.

    >>> _together((1, 2)), _together((1, 12))
    ('12', '1,12')
    """
    return ("" if all(0 <= n < 10 for n in indices) else ",").join(map(str, indices))


def _reshaped(element: Element, before: tuple[int, ...], after: tuple[int, ...]) -> Element:
    return element_at(_flat(element, before), after)


def _flat(element: Element, shape: tuple[int, ...]) -> int:
    found = 0
    for at, size in zip(element, shape, strict=True):
        found = found * size + at
    return found
