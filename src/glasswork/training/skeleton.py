"""Nested state as tensors by name and a JSON skeleton: what pickle is otherwise used for.

An optimiser's state is a dict of dicts and lists, with integers as keys and tensors as leaves. The tensors go into a
safetensors file under numbered names; the rest becomes JSON in which ``{"$tensor": name}`` stands for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from glasswork.errors import CheckpointError

__all__ = ["flatten", "unflatten"]


def flatten(value: Any, tensors: dict[str, Tensor], path: str = "") -> Any:
    """Return the skeleton of a nested value, and put copies of its tensors into `tensors`, on the CPU.

    >>> tensors = {}
    >>> flatten({"lr": 0.1, "state": {0: torch.ones(2)}}, tensors)
    {'lr': 0.1, 'state': {'$dict': [[0, {'$tensor': 'state.0'}]]}}
    >>> list(tensors)
    ['state.0']
    """
    if isinstance(value, Tensor):
        name = path or "value"
        while name in tensors:
            name += "_"
        kept = value.detach()
        # A kernel that walks memory rather than elements needs the parameter's own layout back (channels_last).
        leaf: dict[str, Any] = {"$tensor": name}
        if not kept.is_contiguous():
            leaf["stride"] = list(kept.stride())
        tensors[name] = kept.cpu().clone(memory_format=torch.contiguous_format)
        return leaf
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: flatten(item, tensors, _join(path, key)) for key, item in value.items()}
        return {"$dict": [[key, flatten(item, tensors, _join(path, key))] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"$tuple": [flatten(item, tensors, _join(path, i)) for i, item in enumerate(value)]}
    if isinstance(value, list):
        return [flatten(item, tensors, _join(path, i)) for i, item in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CheckpointError(
        f"{path or 'state'}: a {type(value).__name__} cannot be kept in a checkpoint; use tensors, numbers, text, "
        "lists and dicts."
    )


def unflatten(skeleton: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Return the nested value of a skeleton and its tensors."""
    if isinstance(skeleton, dict):
        if "$tensor" in skeleton:
            return _laid_out(tensors[skeleton["$tensor"]], skeleton.get("stride"))
        if "$tuple" in skeleton:
            return tuple(unflatten(item, tensors) for item in skeleton["$tuple"])
        if "$dict" in skeleton:
            return {key: unflatten(item, tensors) for key, item in skeleton["$dict"]}
        return {key: unflatten(item, tensors) for key, item in skeleton.items()}
    if isinstance(skeleton, list):
        return [unflatten(item, tensors) for item in skeleton]
    return skeleton


def _laid_out(tensor: Tensor, stride: list[int] | None) -> Tensor:
    if stride is None:
        return tensor
    expected = 1
    for size, step in sorted(zip(tensor.shape, stride, strict=True), key=lambda pair: (pair[1], pair[0])):
        if size != 1 and step != expected:
            return tensor  # an expanded or sliced view; only its values matter
        expected *= size
    return torch.empty_strided(tensor.shape, stride, dtype=tensor.dtype).copy_(tensor)


def _join(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)
