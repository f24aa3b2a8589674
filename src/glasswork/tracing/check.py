"""Checks of a tape, each independent of the others; a mismatch is reported, never hidden.

(a) our sweep against autograd, bit for bit, and every operation done again against its recorded result;
(b) central differences in float64 on a seeded sample;
(c) hand-written formulas in plain Python, for the operations that have one and are small enough;
(d) the chain rule's terms, added up one by one, against what the sweep accumulated;
(e) the optimizer's formula against what the real optimizer wrote.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from glasswork.tracing.by_hand import Compared, compare
from glasswork.tracing.differences import Measured, measure
from glasswork.tracing.local import terms
from glasswork.tracing.replay import same
from glasswork.tracing.sweep import Sweep, difference, sweep
from glasswork.tracing.tape import Tape
from glasswork.tracing.update import update

__all__ = ["Check", "check"]

_DIFFERENCES = {"torch.float64": 1e-6, "torch.float32": 5e-3}
_KEPT_BYTES = 100_000_000
_TERMS = {"torch.float64": 1e-12, "torch.float32": 1e-4}


@dataclass(slots=True)
class Check:
    """What the checks found."""

    autograd: dict[str, float] = field(default_factory=dict)
    """Leaf name -> largest difference of our gradient from autograd's; 0.0: the same bits."""
    operations: dict[str, float] = field(default_factory=dict)
    """Operations whose recorded result is not what they give: ``name #record`` -> difference."""
    stored: dict[str, float] = field(default_factory=dict)
    """Stored cotangents that a fresh sweep does not confirm."""
    differences: list[Measured] = field(default_factory=list)
    by_hand: list[Compared] = field(default_factory=list)
    terms: float = 0.0
    """Largest relative difference of a sum of chain-rule terms from the accumulated derivative."""
    updates: dict[str, float] = field(default_factory=dict)
    """Parameter name -> difference of the optimizer's formula from what it wrote."""
    declared: tuple[str, ...] = ()
    """Leaves behind a custom function: differences cannot confirm what its author declared."""
    problems: list[str] = field(default_factory=list)
    """One sentence for each mismatch."""
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing disagrees."""
        return not self.problems

    @property
    def largest(self) -> dict[str, float]:
        """The largest difference that each check saw."""
        return {
            "autograd": max(self.autograd.values(), default=0.0),
            "operations": max(self.operations.values(), default=0.0),
            "differences": max((m.off for m in self.differences if not m.kink), default=0.0),
            "by hand": max((c.off for c in self.by_hand), default=0.0),
            "terms": self.terms,
            "updates": max(self.updates.values(), default=0.0),
        }

    def __str__(self) -> str:
        kinks = sum(m.kink for m in self.differences)
        rows = [
            f"{len(self.autograd)} gradients against autograd: largest difference {self.largest['autograd']:.3g}",
            f"{len(self.differences) - kinks} central differences: largest {self.largest['differences']:.3g} relative"
            + (f" ({kinks} at a corner, not compared)" if kinks else ""),
            f"{len(self.by_hand)} operations by hand: largest difference {self.largest['by hand']:.3g}",
            f"{len(self.updates)} updates: largest difference {self.largest['updates']:.3g}",
        ]
        if self.declared:
            rows.append(f"declared by a custom function, not confirmed by differences: {', '.join(self.declared)}")
        return "\n".join([*rows, *self.notes, *(f"MISMATCH: {problem}" for problem in self.problems)])


def check(tape: Tape, swept: Sweep | None = None, *, samples: int | None = None, seed: int = 0) -> Check:
    """Check a tape, and the cotangents of a sweep if given.

    Args:
        tape: the step.
        swept: a sweep made earlier; a fresh one must confirm it.
        samples: how many central differences to measure, 0 leaves them out; None: 40, fewer on a large tape.
        seed: of all samples.
    """
    result = Check(notes=list(tape.notes))
    if tape.failure is not None:
        result.problems.append(f"the step failed: {tape.failure.error}")
        return result
    result.problems += _structure(tape)
    if result.problems:
        return result
    size = tape.size()
    if samples is None:
        samples = 40 if size < 20_000_000 else 8 if size < 100_000_000 else 2
    try:
        fresh = sweep(tape, keep=size < _KEPT_BYTES)
    except (ValueError, RuntimeError, IndexError, TypeError) as error:
        result.problems.append(f"the tape cannot be swept: {error}")
        return result
    _against_autograd(tape, fresh, result)
    if swept is not None:
        _against_stored(tape, swept, fresh, result)
    if samples:
        result.differences, names = measure(tape, fresh.gradients, samples=samples, seed=seed)
        result.declared = tuple(names)
        allowed = _DIFFERENCES.get(str(tape.dtype), 5e-2)
        result.problems += [
            f"{m.name}{list(m.element)}: the chain rule gives {m.gradient:.9g}, differences give {m.measured:.9g}"
            for m in result.differences
            if not m.kink and m.off > allowed
        ]
        if fresh.kept:
            _add_up_terms(tape, fresh, result, random.Random(seed))
    result.by_hand = compare(tape, fresh)
    result.problems += [f"{c.what}: by hand it differs by {c.off:.3g}" for c in result.by_hand if not c.ok]
    for variable in tape.movements:
        moved = update(tape, variable)
        if moved is not None and moved.template is not None:
            result.updates[moved.name] = moved.difference
            if not moved.ok:
                result.problems.append(
                    f"{moved.name}: {moved.kind} does not follow the formula of {moved.template} "
                    f"(difference {moved.difference:.3g})"
                )
    return result


def _structure(tape: Tape) -> list[str]:
    """Every value must be made by the record that it names, before it is used."""
    problems = []
    made = {v.index for v in tape.variables if v.record is None}
    for place, record in enumerate(tape.records):
        if record.index != place:
            return [f"record {place} of the tape calls itself {record.index}: one is missing or moved"]
        problems += [
            f"{record.name} #{place} uses variable {v} before it is made" for v in record.inputs if v not in made
        ]
        made |= {v for v in record.outputs if tape.variables[v].record == place}
    return problems + ([] if tape.loss in made else ["no record makes the loss"])


def _against_autograd(tape: Tape, fresh: Sweep, result: Check) -> None:
    result.autograd = {str(tape.variables[v].name): gap for v, gap in fresh.differences.items()}
    hooked = " (the program's own tensor hooks may change gradients)" if tape.hooked else ""
    result.problems += [
        f"{name}: our gradient differs from autograd's by {gap:.3g}{hooked}"
        for name, gap in result.autograd.items()
        if gap
    ]
    for index, gap in fresh.forward.items():
        what = f"{tape.records[index].name} #{index}"
        result.operations[what] = gap
        result.problems.append(f"{what}: done again, it differs from the tape by {gap:.3g}")


def _against_stored(tape: Tape, swept: Sweep, fresh: Sweep, result: Check) -> None:
    for variable, cotangent in swept.cotangents.items():
        other = fresh.cotangents.get(variable)
        if other is None and not fresh.kept and tape.variables[variable].record is not None:
            continue  # freed on the way
        if other is None or not same(cotangent, other):
            name = tape.variables[variable].name or f"variable {variable}"
            result.stored[name] = difference(cotangent, other)
            result.problems.append(f"{name}: the stored derivative is not what the sweep gives")
    for variable, gradient in swept.gradients.items():
        if difference(gradient, fresh.gradients.get(variable)):
            result.problems.append(f"{tape.variables[variable].name}: the stored gradient is not what the sweep gives")


def _add_up_terms(tape: Tape, fresh: Sweep, result: Check, rng: random.Random) -> None:
    """A few numbers of small variables: the sum of their terms must be the derivative."""
    small = [
        v for v in fresh.cotangents
        if 0 < tape.value(v).numel() <= 4096 and v != tape.loss and tape.variables[v].dtype.is_floating_point
    ]  # fmt: skip
    users = tape.users()
    floating = {v.index for v in tape.variables if v.dtype.is_floating_point}
    small = [
        v for v in small
        if v in users and not any({*tape.records[r].outputs} & fresh.cotangents.keys() - floating for r, _ in users[v])
    ]  # fmt: skip
    allowed = _TERMS.get(str(tape.dtype), 1e-2)
    for variable in rng.sample(small, min(8, len(small))):
        element = tuple(rng.randrange(size) for size in tape.variables[variable].shape)
        try:
            found = terms(tape, fresh, variable, element)
        except NotImplementedError:  # an operation without a second derivative, and too large to go through
            continue
        if not math.isfinite(found.value):
            continue
        total = sum(term.product for term in found.live) + found.declared
        scale = sum(abs(term.product) for term in found.live) + abs(found.declared) + abs(found.value)
        off = abs(total - found.value) / scale if scale else 0.0
        result.terms = max(result.terms, off)
        if off > allowed:
            result.problems.append(
                f"variable {variable}{list(element)}: the terms add up to {total:.9g}, not to {found.value:.9g}"
            )
