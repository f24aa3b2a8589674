"""Post-mortem: the batch that broke a training, run again on a copy, to find the layer where it began to."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from glasswork.doctor.observing.code import user_place_of
from glasswork.doctor.observing.crash import arithmetic, failing_layer, said_shape
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.rounds import Round, tensors_in
from glasswork.doctor.observing.statistics import BOUNDED, look_at_output, look_at_tensor
from glasswork.doctor.vitals import BatchVitals, LayerVitals

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["crashed", "hold", "replayed", "same_draws", "shapes_replayed"]

MOST_REPLAYS = 2  # of batches whose loss is not finite


def hold(observer: Observer) -> None:
    """Run a batch with a loss that is not finite again on a copy, and so find the layer where that began.

    On a step that is looked at anyway, every layer has been seen.
    """
    forward = observer.forward
    entry = forward.last_inputs
    if forward.looking or entry is None or observer.replays >= MOST_REPLAYS:
        return
    observer.replays += 1
    model = next((model for model in forward.models if model.root is entry[0]), None)
    if model is None:
        return
    try:
        captures = replayed(model, entry[1], entry[2])
    except Exception as error:  # a model that cannot be copied, or that a batch cannot run through twice
        observer.blind(f"The batch with a loss that is not finite could not be run again ({type(error).__name__}).")
        return
    forward.looking = True
    forward.round = Round()
    forward.round.captures = captures
    forward.round.models.add(model.name)
    batch = observer.backwards.batch = BatchVitals()
    floats = [tensor for tensor in tensors_in([*entry[1], *entry[2].values()]) if tensor.is_floating_point()]
    for place, tensor in enumerate(floats):
        batch.inputs[str(place)] = look_at_tensor(tensor)


def crashed(observer: Observer, error: BaseException) -> None:
    """Write which layer an exception arose in, and the shapes up to there."""
    vitals, forward = observer.vitals, observer.forward
    said = ": ".join(part for part in (type(error).__name__, str(error)) if part)
    names = {key: model.layer_name(path) for model in forward.models for key, path in model.paths.items()}
    name, layer, inputs = failing_layer(error.__traceback__, names)
    why = arithmetic(said, layer, inputs)
    place = user_place_of(error.__traceback__)
    if place is not None:
        vitals.places["crash"], vitals.code["crash"] = place
    vitals.error_layer = name
    entry = forward.last_inputs
    if name is not None and not forward.shapes and entry is not None:
        model = next((model for model in forward.models if model.root is entry[0]), None)
        if model is not None:
            forward.shapes = shapes_replayed(model, entry[1], entry[2])
    if name is not None or why:
        vitals.error_shapes = list(forward.shapes)
        if name is not None and (not forward.shapes or forward.shapes[-1][0] != name):
            vitals.error_shapes.append((name, ", ".join(said_shape(tuple(x.shape)) for x in inputs)))
    vitals.error = f"{said} ({why})" if why else said


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
