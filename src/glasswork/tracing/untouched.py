"""Leaving no mark: the user's objects are worked on through copies of their memory and put back, whatever happens.

A trace runs the user's own model, loss and optimizer, not deep copies: a loss may close over the model, and an
optimizer knows its parameters by identity. While it runs, every tensor they hold points to a copy of its memory (in
the working type); afterwards it points to its own again, which nobody has touched. Attributes, lists and dictionaries
of the objects, gradients and random states are put back too; and any other tensor in the process that the step
writes in place is first saved.
"""

from __future__ import annotations

import collections
import contextlib
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Untouched"]

_CONTAINERS = (list, dict, set, collections.deque)


class Untouched:
    """Context: within it, tensors of `owners` are copies in `dtype`; at its end all is as it was.

    Args:
        owners: modules, and other objects with a ``__dict__``: a loss, an optimizer.
        tensors: further tensors to copy, such as leaves that a function closes over.
        convert: what to do with each tensor; it must return new memory.
        optimizer: its state is put back like the rest, but its tensors are copied only when `stepping` asks for them.
    """

    def __init__(
        self,
        owners: Iterable[Any],
        tensors: Iterable[Tensor],
        convert: Callable[[Tensor], Tensor],
        optimizer: torch.optim.Optimizer | None = None,
    ) -> None:
        self.convert = convert
        self.optimizer = optimizer
        self.owners = _objects([*owners, optimizer])
        self.tensors = list(tensors)
        self._memory: list[tuple[Tensor, Tensor]] = []
        self._gradients: list[tuple[Tensor, Tensor | None]] = []
        self._attributes: list[tuple[Any, dict[str, Any]]] = []
        self._contents: list[tuple[Any, Any]] = []
        self._written: dict[int, tuple[Tensor, Tensor]] = {}
        self._generators: dict[torch.Generator, Tensor] = {}
        self._versions: list[tuple[Tensor, int]] = []

    def __enter__(self) -> Untouched:
        seen: set[int] = set()
        for owner in self.owners:
            self._attributes.append((owner, dict(owner.__dict__)))
            for key, value in list(owner.__dict__.items()):
                self._remember(value, seen, tensors=owner is not self.optimizer or key != "state")
        for tensor in self.tensors:
            self._remember(tensor, seen)
        self._random = _random_state()
        try:
            for tensor in self._found:
                self._gradients.append((tensor, tensor.grad if tensor.is_leaf else None))
                own = tensor.data
                self._memory.append((tensor, own))
                self._versions.append((tensor, tensor._version))
                tensor.data = self.convert(own)
                if tensor.is_leaf:
                    tensor.grad = None
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    @property
    def _found(self) -> list[Tensor]:
        return [tensor for tensor, contents in self._contents if contents is None]

    def _remember(self, value: Any, seen: set[int], depth: int = 0, *, tensors: bool = True) -> None:
        if id(value) in seen or depth > 8:
            return
        if isinstance(value, Tensor):
            if not tensors:
                return
            seen.add(id(value))
            if value.layout is torch.strided and not value.is_meta:
                self._contents.append((value, None))
        elif isinstance(value, _CONTAINERS):
            seen.add(id(value))
            self._contents.append((value, value.copy()))
            inside = [*value.keys(), *value.values()] if isinstance(value, dict) else list(value)
            for part in inside:
                self._remember(part, seen, depth + 1, tensors=tensors)
        elif isinstance(value, tuple):
            for part in value:
                self._remember(part, seen, depth + 1, tensors=tensors)

    def own(self, tensor: Tensor) -> Tensor:
        """Return the untouched memory of a tensor that is a copy now."""
        for mine, memory in self._memory:
            if mine is tensor:
                return memory
        return tensor

    def before_write(self, tensor: Tensor) -> None:
        """Save the memory of a tensor that is not ours before the step writes into it."""
        storage = tensor.untyped_storage()
        key = storage.data_ptr()
        if key and key not in self._written:
            flat = torch.empty(0, dtype=torch.uint8, device=tensor.device).set_(storage)
            self._written[key] = (flat, flat.clone())

    def before_draw(self, generator: torch.Generator) -> None:
        """Save the state of a generator of the user's own before the step draws from it."""
        if generator not in self._generators:
            self._generators[generator] = generator.get_state()

    @contextlib.contextmanager
    def stepping(self, parameter: Tensor) -> Iterator[None]:
        """Context in which the optimizer's state of one parameter is a copy; at its end it is the user's again."""
        state = self.optimizer.state.get(parameter, {}) if self.optimizer is not None else {}
        entries = dict(state)
        memory = [(t, t.data, t._version) for t in entries.values() if isinstance(t, Tensor)]
        try:
            for key, tensor in entries.items():
                if isinstance(tensor, Tensor):  # torch's fused kernels want the count of steps in its own type
                    tensor.data = tensor.data.clone() if key == "step" else self.convert(tensor.data)
            yield
        finally:
            for tensor, own, version in memory:
                tensor.data = own
                torch._C._autograd._unsafe_set_version_counter((tensor,), (version,))
            if self.optimizer is not None and parameter in self.optimizer.state:
                kept = self.optimizer.state[parameter]
                kept.clear()
                kept.update(entries)

    def rewind(self) -> None:
        """Put the random states back to where they were, to draw the same numbers again."""
        _set_random_state(self._random)
        for generator, state in self._generators.items():
            generator.set_state(state)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        for flat, saved in self._written.values():
            flat.copy_(saved)
        for tensor, own in self._memory:
            tensor.data = own
        for tensor, gradient in self._gradients:
            if tensor.is_leaf:
                tensor.grad = gradient
        for owner, attributes in self._attributes:
            owner.__dict__.clear()
            owner.__dict__.update(attributes)
        for container, contents in self._contents:
            if contents is None:
                continue
            container.clear()
            if isinstance(container, (list, collections.deque)):
                container.extend(contents)
            else:
                container.update(contents)
        for tensor, version in self._versions:
            torch._C._autograd._unsafe_set_version_counter((tensor,), (version,))
        self.rewind()


def _objects(owners: Iterable[Any]) -> list[Any]:
    """Return the owners and the modules inside them, each once, of those that have attributes."""
    found: dict[int, Any] = {}
    for owner in owners:
        inside = list(owner.modules()) if isinstance(owner, nn.Module) else [owner]
        for part in inside:
            if part is not None and isinstance(getattr(part, "__dict__", None), dict) and not isinstance(part, type):
                found.setdefault(id(part), part)
    return list(found.values())


def _random_state() -> dict[str, Any]:
    state: dict[str, Any] = {"torch": torch.get_rng_state(), "python": random.getstate()}
    if "numpy" in sys.modules:
        state["numpy"] = sys.modules["numpy"].random.get_state()
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def _set_random_state(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    random.setstate(state["python"])
    if "numpy" in state:
        sys.modules["numpy"].random.set_state(state["numpy"])
    if "cuda" in state:
        torch.cuda.set_rng_state_all(state["cuda"])
