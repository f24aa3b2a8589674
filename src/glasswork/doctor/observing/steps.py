"""Steps: what an optimizer's step did to every weight, in norms."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from glasswork.doctor.observing.budget import Budget
from glasswork.doctor.observing.models import Model
from glasswork.doctor.vitals import LayerVitals, OptimizerFacts, StepVitals

__all__ = ["Held", "Stepping", "dense", "few", "norms", "total"]

HUGE = 1 << 24  # elements; of a larger tensor every so many are compared
ALIKE_ROWS, ALIKE_COLUMNS = 64, 256
ALIKE = 1e-5  # relative: equal up to the order of additions


@dataclass(slots=True)
class Held:
    """A parameter in a step: where it belongs, and what it was before.

    Args:
        parameter: the parameter.
        layer: its layer's name; empty where that is not known.
        is_weight: whether it is multiplied with, rather than added.
        before: its elements before the step.
        gradient: its gradient, as the step sees it.
        decay: its weight decay.
        optimized: whether the step is meant to move it.
    """

    parameter: Tensor
    layer: str
    is_weight: bool
    before: Tensor | None = None
    gradient: Tensor | None = None
    decay: float = 0.0
    optimized: bool = True


@dataclass(slots=True)
class Stepping:
    """An optimizer under observation.

    Args:
        optimizer: the optimizer.
        facts: what rules know of it.
    """

    optimizer: weakref.ref[torch.optim.Optimizer]
    facts: OptimizerFacts
    budget: Budget = field(default_factory=Budget)
    number: int = 0
    ended: float = 0.0
    own_before: float = 0.0
    known: int = -1
    sentinels: list[weakref.ref[Tensor]] = field(default_factory=list)
    given: str | None = None
    wants: bool = True
    held: list[Held] = field(default_factory=list)
    closure: bool = False
    zeroed: bool | None = None
    carried: float | None = None
    layers: set[str] = field(default_factory=set)
    last_rates: tuple[float, ...] = ()

    def parameters(self) -> list[Tensor]:
        """Return the tensors it moves."""
        optimizer = self.optimizer()
        return [] if optimizer is None else [p for group in optimizer.param_groups for p in group["params"]]

    def rates(self) -> tuple[float, ...]:
        """Return the learning rate of each group."""
        optimizer = self.optimizer()
        groups = [] if optimizer is None else optimizer.param_groups
        now = tuple([float(group["lr"]) for group in groups if "lr" in group])
        if now != self.last_rates:  # as a rule they are the same: one tuple for many steps
            self.last_rates = now
        return self.last_rates

    def look_at_settings(self, models: list[Model]) -> None:
        """Write what the optimizer holds."""
        optimizer = self.optimizer()
        if optimizer is None:
            return
        names: dict[int, str] = {key: name for model in models for key, (name, _) in model.parameters.items()}
        self.facts.groups = [_plain(group) for group in optimizer.param_groups]
        self.facts.parameters = [names.get(id(p), "?") for p in self.parameters()]
        self.facts.shapes = [tuple(p.shape) for p in self.parameters() if id(p) not in names]
        self.facts.foreign = len(self.facts.shapes)

    def look_at_groups(self) -> None:
        """Write how many tensors each group holds, and how many of those want no gradient."""
        optimizer = self.optimizer()
        if optimizer is not None:
            groups = [group["params"] for group in optimizer.param_groups]
            self.facts.sizes = [len(group) for group in groups]
            self.facts.idle = [sum(not p.requires_grad for p in group) for group in groups]

    def check_zeroed(self, first: bool) -> None:
        """See, before the first gradient of a step is computed, whether the last one's were forgotten."""
        if first:
            self.zeroed = None
            return
        self.zeroed = True
        for one in self.sentinels:
            parameter = one()
            gradient = None if parameter is None else parameter.grad
            if gradient is not None and bool(gradient.count_nonzero()):
                self.zeroed = False
                return

    def choose_sentinels(self, norms_by_parameter: list[tuple[float, Tensor]]) -> None:
        """Remember parameters whose gradients tell whether they were set to zero."""
        small = [(norm, p) for norm, p in norms_by_parameter if 0 < norm < math.inf and p.numel() <= 1 << 17]
        chosen = sorted(small or norms_by_parameter, key=lambda pair: -pair[0])[:2]
        self.sentinels = [weakref.ref(parameter) for _, parameter in chosen]

    def begin(self, models: list[Model], everyone: set[int]) -> None:
        """Remember weights before the step.

        Args:
            models: those whose weights may move.
            everyone: the identities of all parameters that any optimizer holds.
        """
        optimizer = self.optimizer()
        self.held = []
        self.layers = set()
        if optimizer is None:
            return
        decays = {
            id(p): float(group.get("weight_decay", 0) or 0) for group in optimizer.param_groups for p in group["params"]
        }
        for model in models:
            root = model.root()
            if root is None:
                continue
            for parameter in root.parameters():
                known = model.parameters.get(id(parameter))
                if known is None or parameter.is_complex():
                    continue
                key = id(parameter)
                if key not in decays and key in everyone:
                    continue  # another optimizer's
                name, layer = known
                weight = parameter.dim() >= 2 or "bias" not in name.rsplit(".", 1)[-1]
                self.layers.add(layer)
                self.held.append(Held(parameter, layer, weight, decay=decays.get(key, 0.0), optimized=key in decays))
        known_ones = {id(one.parameter) for one in self.held}
        for other in self.parameters():  # of a model that was not yet called, or of none
            if id(other) not in known_ones and not other.is_complex():
                self.held.append(Held(other, "", other.dim() >= 2, decay=decays[id(other)]))
        with torch.no_grad():
            for one in self.held:
                if one.parameter.requires_grad:
                    one.before = few(one.parameter.detach()).clone()
        if not self.closure:
            self.take_gradients()

    def take_gradients(self) -> None:
        """Remember the gradients that the optimizer sees."""
        for one in self.held:
            one.gradient = one.parameter.grad

    def finish(self, vitals: StepVitals, models: list[Model], alike: bool) -> None:
        """Write what the step did."""
        if self.closure:
            self.take_gradients()
        for one in self.held:
            if not one.layer:
                found = next(
                    (model.parameters[key] for model in models if (key := id(one.parameter)) in model.parameters), None
                )
                if found is not None:
                    one.layer = found[1]
                    one.is_weight = one.is_weight or "bias" not in found[0].rsplit(".", 1)[-1]
                    self.layers.add(one.layer)
        held = [one for one in self.held if one.before is not None]
        if not held:
            return
        with torch.no_grad():
            now = [few(one.parameter.detach()) for one in held]
            before = [one.before for one in held if one.before is not None]
            updates = list(torch._foreach_sub(now, before))
            weight_norms = norms(before)
            update_norms = norms(updates)
            gradients = [None if one.gradient is None else few(dense(one.gradient)) for one in held]
            some = [gradient for gradient in gradients if gradient is not None]
            some_norms = iter(norms(some))
            gradient_norms = [None if gradient is None else next(some_norms) for gradient in gradients]
            products = [
                _product(update, gradient)
                for update, gradient in zip(updates, gradients, strict=True)
                if gradient is not None and gradient.shape == update.shape
            ]
            product = sum(_read(products))
        counts = [one.numel() for one in before]
        whole = [one.parameter.numel() / max(count, 1) for one, count in zip(held, counts, strict=True)]
        vitals.weight_norm = total(weight_norms, whole)
        vitals.update_norm = total(update_norms, whole)
        mine = [g if one.optimized else None for g, one in zip(gradient_norms, held, strict=True)]
        vitals.gradient_norm = total(mine, whole) if any(g is not None for g in mine) else None
        if vitals.gradient_norm and vitals.update_norm:
            size = vitals.gradient_norm * vitals.update_norm
            vitals.alignment = max(-1.0, min(1.0, -product / size)) if math.isfinite(size) and size else None
        self.choose_sentinels(
            [
                (g or 0.0, one.parameter)
                for g, one in zip(gradient_norms, held, strict=True)
                if g is not None and one.optimized
            ]
        )
        self._write_layers(vitals, held, counts, weight_norms, update_norms, gradient_norms)
        if alike:
            self._write_alike(vitals, held, gradients)
        self.held = []

    def _write_layers(
        self,
        vitals: StepVitals,
        held: list[Held],
        counts: list[int],
        weight_norms: list[float],
        update_norms: list[float],
        gradient_norms: list[float | None],
    ) -> None:
        sums: dict[str, dict[str, list[float]]] = {}
        for one, count, weight, update, gradient in zip(
            held, counts, weight_norms, update_norms, gradient_norms, strict=True
        ):
            if not one.layer:
                continue
            of_layer = sums.setdefault(one.layer, {})

            def add(name: str, norm: float, count: int = count, of_layer: dict[str, list[float]] = of_layer) -> None:
                kept = of_layer.setdefault(name, [0.0, 0])
                kept[0] += norm * norm
                kept[1] += count

            if one.is_weight:
                add("weight", weight)
                add("update", update)
                if gradient is not None:
                    add("gradient", gradient)
                if one.decay:
                    add("decay", one.decay * weight)
            else:
                add("bias", weight)
            if gradient is not None and not math.isfinite(gradient) and one.gradient is not None:
                layer = vitals.layers.setdefault(one.layer, LayerVitals())
                values = dense(one.gradient)
                layer.bad_gradient += values.numel() - int(torch.isfinite(values).sum())
        for name, fields in sums.items():
            layer = vitals.layers.setdefault(name, LayerVitals())
            for what, (squares, elements) in fields.items():
                setattr(layer, what, math.sqrt(squares / elements) if elements else None)

    def _write_alike(self, vitals: StepVitals, held: list[Held], gradients: list[Tensor | None]) -> None:
        with torch.no_grad():
            names, found = [], []
            for one, gradient in zip(held, gradients, strict=True):
                if one.layer and one.is_weight and gradient is not None and gradient.dim() >= 2 and len(gradient) > 1:
                    rows = gradient.flatten(1)[:ALIKE_ROWS, :ALIKE_COLUMNS]
                    names.append(one.layer)
                    found += [(rows - rows[:1]).abs().amax(), rows.abs().amax()]
            numbers = _read(found)
        for name, gap, size in zip(names, numbers[::2], numbers[1::2], strict=True):
            if size > 0 and math.isfinite(gap):
                layer = vitals.layers.setdefault(name, LayerVitals())
                layer.gradient_alike = gap <= ALIKE * size and layer.gradient_alike is not False


def few(x: Tensor) -> Tensor:
    """Return a tensor, or of a huge one every so many of its elements."""
    if x.numel() <= HUGE or x.dim() == 0:
        return x
    return x.flatten()[:: math.ceil(x.numel() / HUGE)]


def dense(gradient: Tensor) -> Tensor:
    """Return what a gradient is made of; of a sparse one the elements that are there."""
    return gradient.detach().coalesce().values() if gradient.is_sparse else gradient.detach()


def _product(x: Tensor, y: Tensor) -> Tensor:
    """Return the sum of the products of two tensors' elements."""
    if x.dtype == y.dtype and x.dtype in (torch.float32, torch.float64):
        return torch.dot(x.flatten(), y.flatten())
    return torch.sum(x * y)


def norms(tensors: list[Tensor]) -> list[float]:
    """Return the Euclidean norm of each tensor, read at once.

    >>> norms([torch.tensor([3.0, 4.0]), torch.zeros(2)])
    [5.0, 0.0]
    """
    if not tensors:
        return []
    half = [x.float() if x.dtype in (torch.float16, torch.bfloat16) else x for x in tensors]
    return _read(list(torch._foreach_norm(half)))


def _read(numbers: list[Tensor]) -> list[float]:
    if not numbers:
        return []
    devices = {number.device for number in numbers}
    if len(devices) > 1:
        numbers = [number.cpu() for number in numbers]
    return torch.stack(
        [number.double() for number in numbers] if len({n.dtype for n in numbers}) > 1 else numbers
    ).tolist()


def total(parts: list[Any], weights: list[float] | None = None) -> float:
    """Return the norm of a whole from the norms of its parts.

    >>> total([3.0, 4.0])
    5.0
    """
    scale = weights or [1.0] * len(parts)
    return math.sqrt(sum(part * part * weight for part, weight in zip(parts, scale, strict=True) if part is not None))


def _plain(group: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in group.items():
        if name == "params":
            continue
        if isinstance(value, Tensor) and value.numel() == 1:
            value = float(value)
        if isinstance(value, bool | int | float | str | tuple | type(None)):
            found[name] = value
    return found
