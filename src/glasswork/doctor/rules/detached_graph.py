"""A loss from which no gradient reaches the weights.

Looks at:     calls of ``backward``, the gradient's norm, and which layers have a gradient, at each sampled step.
Fires when:   TIMES steps in a row were made without ``backward`` or with a gradient of exactly 0 under a loss that is
              not 0; or the gradient ends between two layers, so that those before it never get one; or the script
              ended with torch's complaint that a tensor has no ``grad_fn``.
Why it hurts: layers behind a ``.detach()``, ``.item()``, ``.data``, a numpy detour or a ``no_grad`` block stay as
              they were drawn; only what comes after them learns.
Try first:    look between the two named layers for ``.detach()``, ``.data``, ``.numpy()``, ``torch.tensor(...)`` or
              ``no_grad``; if gradients are 0 everywhere, see that ``zero_grad()`` is not called after ``backward()``.
Can be wrong: where the cut is meant: a body run under ``no_grad`` whose weights the optimizer also holds. It is a note
              if the body looks trained; unless it was given a group of its own in the optimizer, as nobody does for
              what is not to learn, and got no gradient to the end.
Source:       torch-audit TA104; TIMES: a layer that some batches skip still has a gradient in one of so many.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from glasswork.doctor.rules._anatomy import looks_untrained, matrix, ordered, parameters, trained_at, weighted
from glasswork.doctor.rules._history import looked_at, shown
from glasswork.doctor.vitals import ModelFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["detached_graph"]

TIMES = 3
MESSAGES = ("does not require grad and does not have a grad_fn", "does not require grad", "no grad_fn")


def detached_graph(vitals: Vitals) -> Iterator[Finding]:
    """Yield that nothing gets a gradient, else where it ends."""
    if vitals.error and any(message in vitals.error for message in MESSAGES):
        yield Finding(
            "detached-graph",
            "critical",
            0.97,
            "loss",
            f"backward() failed: {vitals.error.strip().splitlines()[-1][:160].rstrip('.')}.",
            "Compute the loss from the model's output by torch operations alone: no .detach(), .item(), .data, "
            ".numpy() "
            "or torch.tensor(...) on the way.",
            vitals.steps[-1].number + 1 if vitals.steps else None,
        )
        return
    for name in vitals.optimizers:
        steps = [step for step in vitals.steps if step.optimizer == name]
        if any(step.optimizer != name and (step.gradient_norm or 0) > 0 for step in vitals.steps):
            continue  # the graph is whole, another optimizer's steps have shown it: this one holds other tensors
        found = _nothing(steps)
        if found:
            yield found
            return
    for model in vitals.models.values():
        if not model.compiled:
            mine = [step for step in looked_at(vitals) if not model.layers.keys().isdisjoint(step.layers)]
            yield from _cut(model, mine, vitals)


def _nothing(steps: list[StepVitals]) -> Finding | None:
    """Return the finding if the first steps have neither a backward pass nor a gradient."""
    for row, step in enumerate(steps, 1):
        none = step.backwards == 0 and step.loss is None and not step.gradient_norm
        seen = step.sampled and step.weight_norm is not None  # the weights were looked at, so gradients were too
        zero = seen and not step.gradient_norm and bool(step.loss)
        if not (none or zero):
            return None
        if row == TIMES:
            what = (
                "without a call of backward()"
                if none
                else f"with no gradient, or one of exactly 0, at a loss of {shown(step.loss or 0)}"
            )
            return Finding(
                "detached-graph",
                "critical",
                0.95,
                "loop",
                f"The first {TIMES} steps of {step.optimizer} were made {what}.",
                "Call loss.backward() before the step."
                if none
                else "See that the loss comes from the model's output without .detach(), .data or .item(), and that "
                "zero_grad() is called before backward(), not after it.",
                step.number,
            )
    return None


def _cut(model: ModelFacts, steps: list[StepVitals], vitals: Vitals) -> Iterator[Finding]:
    """Yield the place after which layers have gradients and before which they have none."""
    tables = [layer for layer in ordered(model) if layer.family == "embedding"]
    layers = [
        layer.name
        for layer in sorted([*weighted(model), *tables], key=lambda one: one.order or 0)
        if layer.runs and any(p.trainable and p.optimized is not False for p in parameters(model, layer.name))
    ]
    if len(layers) < 2 or len(steps) < TIMES:
        return
    first = steps[:TIMES]
    blind = [name for name in layers if not any(_has_gradient(step, name) for step in first)]
    if not blind or len(blind) == len(layers) or any(trained_at(steps, name) for name in blind):
        return
    if not all(name in step.layers and step.layers[name].weight is not None for step in first for name in blind):
        return
    for before, after in pairwise(layers):
        if before in blind and after not in blind and not _fed_otherwise(model, before, after):
            fresh = looks_untrained(model, before) is not False
            rate = _own_rate(model, blind, vitals) if vitals.finished else None
            given = f", though the optimizer has a group for them alone (learning rate {shown(rate)})" if rate else ""
            yield Finding(
                "detached-graph",
                "critical" if fresh or rate else "note",
                0.9 if fresh or rate else 0.5,
                before,
                f"{after} gets a gradient and {before} before it gets none; {len(blind)} of {len(layers)} layers with "
                f"weights had none in the first {TIMES} sampled steps{given}.",
                f"Look between {before} and {after} for .detach(), .data, .numpy(), torch.tensor(...) or no_grad.",
                first[-1].number,
            )
            return


def _fed_otherwise(model: ModelFacts, before: str, after: str) -> bool:
    """Return whether a layer's input is known to come from layers with weights, and not from this one."""
    sources, waiting, seen = set(), list(model.layers[after].after), set[str]()
    while waiting:
        name = waiting.pop()
        layer = model.layers.get(name)
        if layer is None or name in seen:
            continue
        if layer.runs > model.layers[after].runs:
            return False  # it stands at two places, as a pooling may: what fed its second call is not known
        seen.add(name)
        if matrix(model, name) is not None:
            sources.add(name)
        else:
            waiting += layer.after
    return bool(sources) and before not in sources


def _own_rate(model: ModelFacts, blind: list[str], vitals: Vitals) -> float | None:
    """Return the rate of an optimizer's group, one of several, that holds these layers alone and wants gradients."""
    lost = {p.name for p in model.parameters.values() if p.layer in blind}
    for optimizer in vitals.optimizers.values():
        if len(optimizer.sizes) < 2 or sum(optimizer.sizes) != len(optimizer.parameters):
            continue
        start = 0
        for size, idle, group in zip(optimizer.sizes, optimizer.idle, optimizer.groups, strict=False):
            held, start = set(optimizer.parameters[start : start + size]), start + size
            if held and held <= lost and not idle and group.get("lr"):
                return float(group["lr"])
    return None


def _has_gradient(step: StepVitals, name: str) -> bool:
    layer = step.layers.get(name)
    return layer is not None and layer.gradient is not None
