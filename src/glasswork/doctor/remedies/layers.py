"""Layers: the live modules behind the names that findings speak of."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from torch import Tensor, nn

from glasswork.doctor.remedies.remedy import Action

__all__ = ["Known", "named", "replace"]


def named(root: nn.Module, paths: Iterable[str]) -> Iterator[tuple[str, nn.Module]]:
    """Yield a model's modules with one of these paths, or with one that ends in it."""
    wanted = set(paths)
    for name, module in list(root.named_modules()):
        plain = name.removeprefix("_orig_mod.")
        if plain in wanted or any(plain.endswith(f".{path}") for path in wanted if path):
            yield name, module


def replace(root: nn.Module, path: str, module: nn.Module) -> None:
    """Put another module where that path is."""
    parent, _, last = path.rpartition(".")
    owner = root.get_submodule(parent)
    module.train(owner.training)
    if last in owner._modules:
        owner._modules[last] = module


class Known:
    """The models that were met."""

    def __init__(self) -> None:
        self._met: dict[int, weakref.ref[nn.Module]] = {}
        self._paths: dict[int, str] = {}

    def path(self, module: nn.Module) -> str:
        """Return where a module is in its model; empty where that is not known."""
        return self._paths.get(id(module), "")

    def meet(self, root: nn.Module, actions: Sequence[Action]) -> None:
        """Let actions change a model, once."""
        seen = self._met.get(id(root))
        if seen is not None and seen() is root:
            return
        for action in actions:
            action.on_model(root)
        for path, part in root.named_modules():
            self._met[id(part)] = weakref.ref(part)
            self._paths[id(part)] = path

    def take(self, params: Any, actions: Sequence[Action]) -> Any:
        """Let actions change the models whose parameters an optimizer is given; return what it is given instead."""
        if isinstance(params, Tensor):
            return params  # which the optimizer refuses, in its own words
        groups = [_listed(one) for one in params]
        given = [tensor for one in groups for tensor in _tensors(one)]
        owners = _owners(given)
        before = {id(p): (root, name) for root in owners for name, p in root.named_parameters()}
        for root in owners:
            self.meet(root, actions)
        swapped: dict[int, Tensor] = {}
        for tensor in given:
            found = before.get(id(tensor))
            if found is not None:
                now = dict(found[0].named_parameters()).get(found[1])
                if now is not None and now is not tensor:
                    swapped[id(tensor)] = now
        return [_swap(one, swapped) for one in groups] if swapped else groups


def _listed(one: Any) -> Any:
    if isinstance(one, dict) and "params" in one:
        held = one["params"]
        return {**one, "params": held if isinstance(held, Tensor) else list(held)}
    return one


def _tensors(one: Any) -> list[Tensor]:
    if isinstance(one, dict):
        held = one.get("params", [])
        return [tensor for part in ([held] if isinstance(held, Tensor) else held) for tensor in _tensors(part)]
    if isinstance(one, tuple):  # a name and a parameter
        return [part for part in one if isinstance(part, Tensor)]
    return [one] if isinstance(one, Tensor) else []


def _swap(one: Any, swapped: dict[int, Tensor]) -> Any:
    if isinstance(one, dict):
        held = one["params"]
        return {
            **one,
            "params": _swap(held, swapped) if isinstance(held, Tensor) else [_swap(p, swapped) for p in held],
        }
    if isinstance(one, tuple):
        return tuple(_swap(part, swapped) for part in one)
    return swapped.get(id(one), one) if isinstance(one, Tensor) else one


def _owners(parameters: list[Tensor]) -> list[nn.Module]:
    """Return the outermost living modules that hold one of these parameters."""
    wanted = {id(p) for p in parameters}
    holders = [
        thing
        for thing in gc.get_objects()
        if issubclass(type(thing), nn.Module)
        and "_modules" in thing.__dict__
        and any(id(p) in wanted for p in thing.parameters())
    ]
    inner = {id(part) for holder in holders for part in holder.modules() if part is not holder}
    outer = [holder for holder in holders if id(holder) not in inner]
    place = {key: number for number, key in enumerate(id(p) for p in parameters)}
    return sorted(outer, key=lambda root: min(place.get(id(p), len(place)) for p in root.parameters()))
