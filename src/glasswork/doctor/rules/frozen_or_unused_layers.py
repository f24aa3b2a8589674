"""Layers that are frozen by mistake, never used, or never reached by a gradient.

Looks at:     which layers run without being registered in the model, which parameters want no gradient, which layers
              never ran, which ran without ever getting a gradient, and whether first weights look freshly drawn; what
              optimizers hold, one after the other; attributes that torch does not know.
Fires when:   ``requires_grad`` was misspelt or set on a module, where it does nothing, and says the opposite of what
              holds; an optimizer was made to hold frozen weights besides those that an earlier one held, and they stay
              frozen to its end; a layer with weights runs that is none of the model's own (in a plain list); a frozen
              layer still has freshly drawn weights that no step ever moved; a layer with weights takes no part in TIMES
              sampled steps that looked at them (steps of another model's training, and parameters that are only added,
              as a lone bias of the whole, say nothing); or a layer runs and its output does not reach the loss: it
              comes after all that learn, or is thrown away, or of equal blocks only the last one learns, and what
              stands before them as well.
Why it hurts: random weights that never learn waste their place; a layer that was meant to take part and does not is a
              different network from the one on paper.
Try first:    unfreeze (``layer.requires_grad_(True)``) or register the layer; call it in ``forward`` and use what it
              returns.
Can be wrong: a frozen body is usually meant, so one whose weights look trained is only a note, and so is one with
              which the rest has learned (random features, a base under small adapters): its loss is below LEARNED of
              that of guessing, or below FALLEN and RIGHT of the answers that guessing leaves are right; and one batch
              alone is learned by heart, where that was tried.
              Others that were frozen at random on purpose look like a mistake. Parts kept for another use (a second
              head) are unused on purpose.
Source:       torch-audit TA104 and TA500. SMALL: a forgotten part with less than a thousandth of the weights is worth
              a note only. SMALL_END: ready-made networks bring small heads (a pooler) that many uses leave aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod

from glasswork.doctor.rules._anatomy import followers, looks_untrained, ordered, parameters, trained_at, weighted
from glasswork.doctor.rules._history import looked_at, part_of, remaining
from glasswork.doctor.rules._labels import beyond_guessing
from glasswork.doctor.vitals import LayerFacts, ModelFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["frozen_or_unused_layers"]

TIMES = 3
SMALL = 0.001
SMALL_END = 0.05
LEARNED = 0.5  # shows that what learns can work with what the frozen body gives
RIGHT = 0.3  # of the answers that guessing leaves
BY_HEART = 0.3  # of one batch's loss, where a copy is trained on it alone: it cannot work with what the body gives
FALLEN = 0.9  # of guessing: a loss that has gone down by that little, beside answers that are right


def frozen_or_unused_layers(vitals: Vitals) -> Iterator[Finding]:
    """Yield, for each model, what is frozen, what never runs and what no gradient reaches."""
    meant = [found for model in vitals.models.values() if (found := _misspelt(model, vitals))][-1:]
    yield from meant
    for model in vitals.models.values():
        if not any(p.trainable for p in model.parameters.values()):
            continue  # a frozen teacher, a loss network
        steps = [step for step in looked_at(vitals) if step.layers]
        yield from _unregistered(model, vitals)
        still = None if meant else _still_frozen(model, vitals)
        if still:
            yield still
        elif not meant:
            yield from _frozen(model, steps, vitals)
        if not model.compiled and len(steps) >= TIMES:
            yield from _unused(model, steps)
            yield from _unreached(model, steps[:TIMES])


def _unregistered(model: ModelFacts, vitals: Vitals) -> Iterator[Finding]:
    """Yield layers that run and are none of the model's own: no optimizer and no saved file has them."""
    if model.unregistered and vitals.steps:
        count, some = len(model.unregistered), ", ".join(model.unregistered[:3])
        yield Finding(
            "frozen-or-unused-layers",
            "critical",
            0.9,
            "model",
            f"Run in {model.name}'s forward pass and not registered in it, so that no optimizer finds their weights: "
            f"{some}{f' and {count - 3} more' if count > 3 else ''} ({count} in all).",
            "Put them into nn.ModuleList (nn.ModuleDict), so that parameters() finds them.",
            vitals.steps[0].number,
        )


def _misspelt(model: ModelFacts, vitals: Vitals) -> Finding | None:
    """Return the finding for attributes that were set and do nothing."""
    if not model.misspelt or not vitals.steps:
        return None
    first, count = model.misspelt[0], len(model.misspelt)
    name, _, value = first.partition(" = ")
    path = name.rpartition(".")[0]
    holds = "wants no gradient" if value == "True" else "still gets a gradient"
    return Finding(
        "frozen-or-unused-layers",
        "warning",
        0.95,
        _layer_at(model, path),
        f"{first} was set{f', and {count - 1} more like it' if count > 1 else ''}: torch knows no such attribute "
        f"there, and {path} {holds}.",
        f"Write {path}.requires_grad_({value}); of a parameter also .requires_grad = {value}.",
        vitals.steps[0].number,
    )


def _layer_at(model: ModelFacts, path: str) -> str:
    """Return the layer that a parameter or a module with this path is, or has."""
    known = next((p.layer for p in model.parameters.values() if p.name == path), None)
    return known or next((name for name in model.layers if name.startswith(path)), "model")


def _still_frozen(model: ModelFacts, vitals: Vitals) -> Finding | None:
    """Return the finding for an optimizer that was made for more than an earlier one, and what it adds is frozen."""
    if not vitals.finished:
        return None  # layers may be unfrozen one after the other
    trainable = {p.name: p.layer for p in model.parameters.values()}
    before: set[str] = set()
    for name, optimizer in vitals.optimizers.items():
        held = {one for one in optimizer.parameters if one in trainable}
        frozen = [p for p in model.parameters.values() if p.name in held - before and not p.trainable]
        stepped = [s for s in vitals.steps if s.optimizer == name and s.sampled and s.update_norm]
        moved = any(trained_at(stepped, layer) for layer in {p.layer for p in frozen})
        if before and before < held and frozen and stepped and not moved and sum(optimizer.idle) >= len(frozen):
            shape = sum(prod(p.shape) for p in frozen) / sum(prod(p.shape) for p in model.parameters.values())
            return Finding(
                "frozen-or-unused-layers",
                "warning",
                0.85,
                frozen[0].layer,
                f"{name} holds {len(frozen)} tensors of {model.name} more than the optimizer before it "
                f"({part_of(shape)} of its numbers), and they want no gradient to the end: they were to learn and did "
                "not.",
                f"Call requires_grad_(True) on what {name} is to train.",
                stepped[0].number,
            )
        before |= held
    return None


def _frozen(model: ModelFacts, steps: list[StepVitals], vitals: Vitals) -> Iterator[Finding]:
    if not steps:
        return
    frozen = [
        layer
        for layer in weighted(model)
        if layer.runs and all(not p.trainable for p in parameters(model, layer.name) if len(p.shape) >= 2)
    ]
    if not frozen:
        return
    layers = weighted(model)
    body = layers[: len(frozen)] == frozen and len(frozen) < len(layers)
    still = [layer for layer in frozen if not trained_at(steps, layer.name)]
    looks = {layer.name: looks_untrained(model, layer.name) for layer in still}
    # A frozen body is usually meant, so its weights must plainly be fresh; a layer in the middle seldom is.
    fresh = [layer for layer in still if (looks[layer.name] is True if body else looks[layer.name] is not False)]
    mistaken = fresh if 2 * len(fresh) > len(frozen) else []
    share = _size(model, frozen) / max(1, sum(prod(p.shape) for p in model.parameters.values()))
    if mistaken:
        left = remaining(vitals, vitals.steps[-1].number)
        well = (beyond_guessing(vitals) or 0.0) > RIGHT
        learned = left is not None and left < (FALLEN if well else LEARNED)
        probe = vitals.probes.get("one-batch")
        learned &= probe is None or probe.figures.get("ratio", 0.0) < BY_HEART
        yield Finding(
            "frozen-or-unused-layers",
            "note" if body and learned else "warning",
            0.8,
            mistaken[0].name,
            f"{_names(mistaken)} wants no gradient, and its first weights have the spread of a fresh draw: it stays "
            "random.",
            "Set requires_grad to True, or load the trained weights that were meant to be there.",
            steps[0].number,
        )
    else:
        yield Finding(
            "frozen-or-unused-layers",
            "note",
            0.5,
            frozen[0].name,
            f"{_names(frozen)} is frozen: {part_of(share)} of {model.name}'s numbers do not learn.",
            "Nothing is to be done if that is meant.",
            steps[0].number,
        )


def _unused(model: ModelFacts, steps: list[StepVitals]) -> Iterator[Finding]:
    looks = {name: [step for step in steps if _weighed(step, name)][:TIMES] for name in model.layers}
    idle = [
        layer
        for layer in model.layers.values()
        if layer.order is None
        and layer.runs == 0
        and any(p.trainable for p in parameters(model, layer.name))
        and len(looks[layer.name]) == TIMES
        and not any(_moves(step, layer.name) for step in looks[layer.name])
        and not _used_from_outside(model, layer)
    ]
    if idle:
        share = _size(model, idle) / max(1, sum(prod(p.shape) for p in model.parameters.values()))
        yield Finding(
            "frozen-or-unused-layers",
            "warning" if share >= SMALL else "note",
            0.75,
            idle[0].name,
            f"{_names(idle)} never ran and never got a gradient: {part_of(share)} of {model.name}'s numbers take no "
            "part.",
            "Call it in forward() and use what it returns, or remove it.",
            looks[idle[0].name][-1].number,
        )


def _unreached(model: ModelFacts, steps: list[StepVitals]) -> Iterator[Finding]:
    """Yield layers whose output leads nowhere: they run after all that learn, or what they feed is thrown away."""
    layers = [
        layer
        for layer in weighted(model)
        if layer.runs and any(p.trainable and p.optimized is not False for p in parameters(model, layer.name))
    ]
    reached = [layer for layer in layers if any(_gradient(step, layer.name) is not None for step in steps)]
    if not reached:
        return
    deepest = max(layer.order or 0 for layer in reached)
    overwritten = _overwritten(model, layers, steps)
    next_of = followers(model)
    lost = [
        layer
        for layer in layers
        if layer not in reached
        and ((layer.order or 0) > deepest or layer.name in overwritten or _thrown_away(layer, next_of))
        and all(layer.name in step.layers and step.layers[layer.name].weight is not None for step in steps)
    ]
    if lost:
        share = _size(model, lost) / max(1, sum(prod(p.shape) for p in model.parameters.values()))
        yield Finding(
            "frozen-or-unused-layers",
            "warning" if share >= SMALL_END else "note",
            0.7,
            lost[0].name,
            f"{_names(lost)} runs and never got a gradient: what it computes does not reach the loss.",
            "Use its output in the loss, or remove it.",
            steps[-1].number,
        )


def _overwritten(model: ModelFacts, layers: list[LayerFacts], steps: list[StepVitals]) -> set[str]:
    """Return the layers of repeated blocks of which only the last one counts, though all learn before and behind them.

    That is a loop that gives every block the first one's input, and keeps what the last one returns. Of heads, behind
    which nothing follows, one may be meant.
    """
    rows: dict[str, dict[int, list[LayerFacts]]] = {}
    for layer in layers:
        mark = re.search(r"(?<=\.)\d+(?=\.|$)", layer.name)  # of blocks within blocks the outer ones
        if mark:
            rows.setdefault(layer.name[: mark.start()], {}).setdefault(int(mark.group()), []).append(layer)
    reached = {layer.name for layer in ordered(model) if any(_gradient(step, layer.name) is not None for step in steps)}
    orders = [model.layers[name].order or 0 for name in reached]
    found: set[str] = set()
    for stem, blocks in rows.items():
        last = blocks.pop(max(blocks))
        others = [one for block in blocks.values() for one in block]
        shapes = {tuple((one.kind, one.units) for one in block) for block in (last, *blocks.values())}
        first, end = (pick(one.order or 0 for one in (*others, *last)) for pick in (min, max))
        between = orders and min(orders) < first and max(orders) > end
        alone = not any(name.startswith(f"{stem}{place}.") for place in blocks for name in reached)
        if others and between and alone and len(shapes) == 1 and {one.name for one in last} <= reached:
            found |= {one.name for one in others if one.name not in reached}
    return found


def _thrown_away(layer: LayerFacts, next_of: dict[str, list[LayerFacts]]) -> bool:
    """Return whether all that takes a layer's output ends in activations whose result nothing takes."""
    takers = next_of.get(layer.name, [])
    if not takers or (layer.consumers or 0) > len(takers) or len(takers) > 1:
        return False
    return bool(takers[0].dropped) or _thrown_away(takers[0], next_of)


def _used_from_outside(model: ModelFacts, layer: LayerFacts) -> bool:
    """Return whether its parent uses its weights directly, as torch's attention does with ``out_proj``."""
    parent = layer.name.rpartition("/")[2].rpartition(".")[0]
    return any(p.layer.rpartition("/")[2] == parent for p in model.parameters.values()) and bool(parent)


def _weighed(step: StepVitals, name: str) -> bool:
    """Return whether the step looked at a layer's weights: those of another training are not, nor are lone biases."""
    return name in step.layers and step.layers[name].weight is not None


def _moves(step: StepVitals, name: str) -> bool:
    layer = step.layers.get(name)
    return layer is not None and (bool(layer.gradient) or bool(layer.update))


def _gradient(step: StepVitals, name: str) -> float | None:
    layer = step.layers.get(name)
    return layer.gradient if layer is not None else None


def _size(model: ModelFacts, layers: list[LayerFacts]) -> int:
    return sum(prod(p.shape) for layer in layers for p in parameters(model, layer.name))


def _names(layers: list[LayerFacts]) -> str:
    shown = ", ".join(layer.name for layer in layers[:3])
    return f"{shown} and {len(layers) - 3} more" if len(layers) > 3 else shown
