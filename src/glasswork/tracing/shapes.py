"""Shapes and counts: for each layer, where its output's shape and its number of parameters come from.

Each `Size` is an equation in letters with the numbers put in (``floor((n + 2p - d(m - 1) - 1)/s) + 1``), worked out
from the layer's settings and compared with what the layer really gave out. When shapes do not fit: `misfit`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from glasswork.layers import parameter_count, receptive_field
from glasswork.tracing.algebra import Equation, Expression, Num, Sum, Sym, evaluate
from glasswork.tracing.sizes import LayerShape, Rule, Size, counted, each_side, is_windowed, rule_of
from glasswork.tracing.tape import Tape, Visit, slots

__all__ = ["LayerShape", "Shapes", "Size", "shapes"]


@dataclass(slots=True)
class Shapes:
    """All layers of a model, in the order in which they were used."""

    layers: list[LayerShape]
    total: Size
    """All parameters, each counted once."""
    frozen: int
    """How many of them do not learn."""
    elsewhere: int = 0
    """How many belong to no layer of the list (parameters of the model itself, or of layers that were not used)."""
    receptive: list[tuple[str, str]] = field(default_factory=list)
    """For a plain chain of convolutions and poolings: path, and how many places of the input one unit sees."""


def shapes(tape: Tape) -> Shapes:
    """Return how shapes and counts of a traced model come about; a step that failed shows the layers until then.

    >>> import torch
    >>> from glasswork.tracing.record import record
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Flatten(), nn.Linear(128, 10))
    >>> found = shapes(record(net, lambda out: out.sum(), torch.zeros(2, 3, 8, 8)))
    >>> for layer in found.layers:
    ...     print(layer.path, *(size.working for size in layer.sizes), layer.parameters and layer.parameters.working)
    0 8 floor((8 + 2*1 - 1*(3-1) - 1)/2) + 1 = 4 floor((8 + 2*1 - 1*(3-1) - 1)/2) + 1 = 4 3*3*3*8 + 8 = 224
    1 8*4*4 = 128 None
    2 10 128*10 + 10 = 1290
    >>> found.total.working
    '224 + 1290 = 1514'
    """
    found: list[LayerShape] = []
    by_module: dict[int, LayerShape] = {}
    owners: dict[int, str] = {}
    inner = {visit.parent for visit in tape.visits if visit.parent is not None}
    whole: set[int] = set()
    for visit in tape.visits:
        if _within(tape, visit, whole):
            continue
        rule = rule_of(visit.module)
        own = list(visit.module.parameters(recurse=rule is not None))
        if visit.index in inner and rule is None and not own:
            continue
        if rule is not None:
            whole.add(visit.index)
        if id(visit.module) in by_module:
            by_module[id(visit.module)].visits += 1
            continue
        layer = _layer(tape, visit, rule)
        by_module[id(visit.module)] = layer
        fresh = [parameter for parameter in own if id(parameter) not in owners]
        if own and not fresh:
            layer.shared = owners[id(own[0])]
        for parameter in fresh:
            owners[id(parameter)] = visit.path
        found.append(layer)
    every = {variable: tape.variables[variable] for variable in tape.parameters.values()}
    total = sum(math.prod(variable.shape) for variable in every.values())
    learning = [layer.parameters for layer in found if layer.parameters is not None and not layer.shared]
    listed = sum(size.value for size in learning)
    terms: list[Expression] = [Num(float(size.value)) for size in learning]
    if total > listed:
        terms.append(Num(float(total - listed)))
    frozen = sum(math.prod(v.shape) for i, v in every.items() if i not in tape.reference) if tape.reference else 0
    parts = " + ".join(str(int(evaluate(term))) for term in terms) or "0"
    return Shapes(
        found,
        Size("parameters", Equation(Sym("N", float(total)), (Sum(tuple(terms or [Num(0.0)])), Num(float(total)))),
             f"{parts} = {total}"),
        frozen,
        max(0, total - listed),
        _receptive(found, tape),
    )  # fmt: skip


def _within(tape: Tape, visit: Visit, whole: set[int]) -> bool:
    parent = visit.parent
    while parent is not None:
        if parent in whole:
            return True
        parent = tape.visits[parent].parent
    return False


def _layer(tape: Tape, visit: Visit, rule: Rule | None) -> LayerShape:
    given = tuple(tape.variables[slot.index].shape for slot in slots(visit.arguments))
    out = list(slots(visit.result))
    layer = LayerShape(visit.path, visit.kind, given, tape.variables[out[0].index].shape if out else ())
    layer.failed = visit.failed
    if rule is not None and given and out:
        try:
            rule(visit.module, layer)
        except (ValueError, IndexError, TypeError) as error:
            layer.sizes, layer.remark = [], f"its shape is not explained ({error})"
    own = parameter_count(visit.module) if rule is not None else _direct(visit.module)
    if layer.parameters is not None and evaluate(layer.parameters.equation.steps[0]) != int(own):
        layer.parameters, layer.remark = None, "its weights are made of other parameters"
    if layer.parameters is None and own:
        layer.parameters = counted(own.working.rsplit(" = ", 1)[0], int(own), None)
    if layer.sizes:
        tail = layer.output[len(layer.output) - len(layer.sizes) :] if layer.sizes else ()
        layer.ok = layer.ok and tuple(size.value for size in layer.sizes) == tuple(tail)
        if not layer.ok:
            layer.remark = layer.remark or "these equations do not give what the layer gave out"
    return layer


def _direct(module: nn.Module) -> Any:
    class Own:
        def named_parameters(self) -> Iterable[tuple[str, Any]]:
            return module.named_parameters(recurse=False)

    return parameter_count(Own())


def _receptive(layers: list[LayerShape], tape: Tape) -> list[tuple[str, str]]:
    """How many places one unit sees along a side, if the convolutions and poolings really follow one another."""
    chain: list[tuple[str, tuple[int, int, int]]] = []
    visits = {visit.path: visit for visit in tape.visits}
    before: LayerShape | None = None
    for layer in layers:
        module = visits[layer.path].module
        if not is_windowed(module):
            continue
        if getattr(module, "transposed", False) or layer.visits > 1 or not layer.inputs:
            return []
        if before is not None:
            follows = before.output[2:] == layer.inputs[0][2:] and _reads(tape, visits[layer.path], visits[before.path])
            if not follows:
                return []
        before = layer
        kernel = getattr(module, "kernel_size", None)
        kernel = each_side(module.size if kernel is None else kernel, 1)[-1]
        stride = kernel if module.stride is None else each_side(module.stride, 1)[-1]
        chain.append((layer.path, (kernel, stride, each_side(getattr(module, "dilation", 1), 1)[-1])))
    seen = receptive_field([settings for _, settings in chain])
    return [(path, size.working) for (path, _), size in zip(chain, seen, strict=True)]


def _reads(tape: Tape, visit: Visit, before: Visit) -> bool:
    """Whether what goes into one layer was made from what another put out."""
    wanted = {slot.index for slot in slots(before.result)}
    open_ = [slot.index for slot in slots(visit.arguments)]
    seen = set(open_)
    while open_:
        variable = open_.pop()
        if variable in wanted:
            return True
        made = tape.variables[variable].record
        if made is not None and made >= before.first:
            fresh = set(tape.records[made].inputs) - seen
            seen |= fresh
            open_ += fresh
    return False
