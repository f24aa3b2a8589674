"""The tensors that a plain function works with: what it closes over, its defaults, its globals, its own attributes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor, nn

__all__ = ["modules_of", "tensors_of"]


def tensors_of(function: Callable[..., Any]) -> dict[str, Tensor]:
    """Return the tensors that a function can reach, by readable names.

    >>> import torch
    >>> w = torch.ones(2, requires_grad=True)
    >>> list(tensors_of(lambda x: x @ w))
    ['w']
    """
    found: dict[str, Tensor] = {}
    for name, value in _reached(function):
        if isinstance(value, nn.Module):
            for inner, tensor in [*value.named_parameters(), *value.named_buffers()]:
                found.setdefault(f"{name}.{inner}", tensor)
        else:
            for inner, tensor in _inside(name, value):
                found.setdefault(inner, tensor)
    return found


def modules_of(function: Callable[..., Any]) -> dict[str, nn.Module]:
    """Return the modules that a function can reach, by readable names."""
    return {name: value for name, value in _reached(function) if isinstance(value, nn.Module)}


def _reached(function: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if depth > 2 or function is None:
        return
    if isinstance(function, functools.partial):
        for number, value in enumerate(function.args):
            yield f"argument{number}", value
        yield from function.keywords.items()
        yield from _reached(function.func, depth + 1)
        return
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, type) and hasattr(owner, "__dict__"):
        if isinstance(owner, nn.Module):
            yield "self", owner
        else:
            yield from owner.__dict__.items()
        function = function.__func__ if hasattr(function, "__func__") else function
    code = getattr(function, "__code__", None)
    if code is None:
        if isinstance(getattr(function, "__dict__", None), dict) and not isinstance(function, type):
            yield from function.__dict__.items()
            yield from _reached(vars(type(function)).get("__call__"), depth + 1)
        return
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet
            continue
    for name, value in zip(reversed(code.co_varnames[: code.co_argcount]), reversed(function.__defaults__ or ()),
                           strict=False):  # fmt: skip
        yield name, value
    for name in code.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, (Tensor, nn.Module, dict, list, tuple)):
            yield name, value
        elif callable(value) and hasattr(value, "__code__") and value.__module__ == function.__module__:
            yield from _reached(value, depth + 1)


def _inside(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
    elif depth < 3 and isinstance(value, dict):
        for key, part in value.items():
            if isinstance(key, str):
                yield from _inside(f"{name}.{key}", part, depth + 1)
    elif depth < 3 and isinstance(value, (list, tuple)) and len(value) <= 1000:
        for number, part in enumerate(value):
            yield from _inside(f"{name}[{number}]", part, depth + 1)
