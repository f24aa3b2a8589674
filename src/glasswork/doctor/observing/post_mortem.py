"""Post-mortem: the batch whose loss is not finite, run again on a copy, to find where the first such number arose."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from glasswork.doctor.observing.crash import said_shape
from glasswork.doctor.observing.forward import tensors_in
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.statistics import BOUNDED, look_at_output
from glasswork.doctor.vitals import LayerVitals

__all__ = ["replayed", "same_draws", "shapes_replayed"]


@contextmanager
def same_draws() -> Iterator[None]:
    """Within it random numbers may be drawn; afterwards every generator is where it was."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002


def replayed(model: Model, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, LayerVitals]:
    """Return what each layer's output is like when a batch is run again through a copy of the model.

    Args:
        model: the model; its weights are still those that the batch was run with.
        args: the batch.
        kwargs: likewise.
    """
    root = model.root()
    if root is None or model.compiled:
        return {}
    found: dict[str, LayerVitals] = {}
    with same_draws(), torch.no_grad():
        twin, parts = _twin(model, root)
        for name, part in parts:
            part.register_forward_hook(_note(found, name, part))
        twin(*_apart(args), **_apart(kwargs))
    return found


def shapes_replayed(model: Model, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the shapes, layer by layer, of a batch that the model fails on, up to where it fails.

    Args:
        model: the model.
        args: the batch.
        kwargs: likewise.
    """
    root = model.root()
    if root is None or model.compiled:
        return []
    shapes: list[tuple[str, str]] = []

    def before(name: str) -> Any:
        return lambda module, args: shapes.append(
            (name, ", ".join(said_shape(tuple(x.shape)) for x in tensors_in(args)))
        )

    def after(name: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            outputs = tensors_in(output)
            if shapes and shapes[-1][0] == name and outputs:
                shapes[-1] = (name, f"{shapes[-1][1]} -> {said_shape(tuple(outputs[0].shape))}")

        return hook

    with same_draws(), torch.no_grad():
        twin, parts = _twin(model, root)
        for name, part in parts:
            part.register_forward_pre_hook(before(name))
            part.register_forward_hook(after(name))
        try:
            twin(*_apart(args), **_apart(kwargs))
        except Exception:  # the failure that is looked for
            return shapes
    return []


def _twin(model: Model, root: nn.Module) -> tuple[nn.Module, list[tuple[str, nn.Module]]]:
    """Return a copy of a model, and its layers by name."""
    twin = copy.deepcopy(root)
    copies = dict(zip((id(part) for part in root.modules()), twin.modules(), strict=True))
    return twin, [(model.layer_name(path), copies[key]) for key, path in model.paths.items() if key in copies]


def _note(found: dict[str, LayerVitals], name: str, part: nn.Module) -> Any:
    def hook(module: nn.Module, args: Any, output: Any) -> None:
        first = output[0] if isinstance(output, tuple | list) and output else output
        if isinstance(first, Tensor) and first.dim():
            numbers = look_at_output(first, first.dim() - 1, BOUNDED.get(type(part).__name__.lower()), zeros=False)
            if numbers is not None:
                numbers.join(found.setdefault(name, LayerVitals(training=part.training)))

    return hook


def _apart(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return (
            type(value)({key: _apart(one) for key, one in value.items()})
            if type(value) is dict
            else copy.deepcopy(value)
        )
    if type(value) in (tuple, list):
        return type(value)(_apart(one) for one in value)
    return value
