"""fit: train an ordinary network on ordinary tensors, in one call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from glasswork.errors import DataError, UsageError
from glasswork.learning import GradientDescent
from glasswork.training.checkpoints import Checkpoints
from glasswork.training.evaluate import Metric, TaskLike
from glasswork.training.history import History
from glasswork.training.loop import train
from glasswork.training.progress import Progress
from glasswork.training.source import Source
from glasswork.training.tensor_source import TensorSource

if TYPE_CHECKING:
    from glasswork.training.source import Augment

__all__ = ["as_source", "fit"]

Arrays = tuple[Any, Any]


def fit(
    model: nn.Module,
    data: Arrays | Source,
    *,
    loss: Callable[..., Tensor],
    optimizer: torch.optim.Optimizer,
    epochs: int = 10,
    batch_size: int = 32,
    valid: Arrays | Source | float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    task: TaskLike | None = None,
    schedule: Callable[[int, int], float] | None = None,
    clip_norm: float | None = None,
    accumulate: int = 1,
    precision: str = "float32",
    ema: float | None = None,
    patience: int | None = None,
    augment: Augment | None = None,
    seed: int = 0,
    checkpoints: Checkpoints | str | None = None,
    resume: bool = False,
    log: Callable[[dict[str, Any]], None] | None = None,
    log_every: int = 50,
    progress: Progress | bool = True,
) -> History:
    """Train a model and return what happened; the model is changed in place.

    It is the textbook loop: for each epoch, for each batch, predict, measure the loss, take its gradient, step.

    Args:
        model: any module; a single input goes to the first argument of its ``forward``.
        data: ``(X, y)`` of tensors or arrays, X also a dict of them by argument name; or a `Source`.
        loss: ``loss(outputs, targets) -> scalar mean``.
        optimizer: any optimiser over the model's parameters.
        epochs: how often all examples are seen.
        batch_size: examples in a step; all of them is batch gradient descent, 1 stochastic.
        valid: validation data, or the share of `data` to set aside; the best validated weights are kept.
        metrics: means by name, ``metric(outputs, targets) -> 0-d tensor``, measured on validation data.
        task: brings its own metrics, and says which one picks the best weights.
        schedule: ``schedule(step, steps) -> factor`` of the learning rate.
        clip_norm: bound on the norm of the gradient.
        accumulate: batches to a step.
        precision: ``float32``, ``bf16`` or ``fp16``.
        ema: decay of an average of the weights, which the model is left with in place of the last weights.
        patience: stop after this many epochs without a better validation.
        augment: varies training batches.
        seed: of order, split and dropout.
        checkpoints: where to save; None: nowhere.
        resume: go on from the last checkpoint there, if there is one.
        log: called with one dict for every logged step and every epoch.
        log_every: log every so many steps.
        progress: whether a person is looking, or a `Progress`.

    >>> X = torch.linspace(-1, 1, 64)[:, None]
    >>> model = nn.Linear(1, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    >>> loss = nn.functional.mse_loss
    >>> history = fit(model, (X, 3 * X + 1), loss=loss, optimizer=optimizer, epochs=30, progress=False)
    >>> round(model.weight.item(), 3), round(model.bias.item(), 3)
    (3.0, 1.0)
    """
    source = as_source(data, model, augment=augment, seed=seed)
    parts, valid_source = _split(source, valid, model, seed)
    learner = GradientDescent(
        model,
        loss,
        optimizer,
        schedule=schedule,
        clip_norm=clip_norm,
        accumulate=accumulate,
        precision=precision,
        ema=ema,
    )
    folder = Checkpoints(checkpoints) if isinstance(checkpoints, str) else checkpoints
    if resume and folder is None:
        raise UsageError("fit: resume=True needs checkpoints=..., the folder to go on from.")
    shown = progress if isinstance(progress, Progress) else Progress(silent=not progress)
    history = train(
        learner,
        source,
        parts,
        task=task,
        metrics=metrics,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        valid_source=valid_source,
        patience=patience,
        checkpoints=folder,
        resume=folder.latest() if resume and folder is not None else None,
        log=log,
        log_every=log_every,
        progress=shown,
    )
    if learner.ema is not None:
        model.load_state_dict(learner.ema.model.state_dict())
    return history


def as_source(data: Any, model: nn.Module, *, augment: Augment | None = None, seed: int = 0) -> Source:
    """Return ``(X, y)`` as a source whose inputs have the names, device and precision that the model expects."""
    if isinstance(data, Source):
        return data
    if not isinstance(data, tuple) or len(data) != 2:
        raise DataError(f"fit: data must be a pair (X, y) or a Source, got {type(data).__name__}.")
    X, y = data
    first = next(model.parameters(), torch.zeros(()))
    if isinstance(X, Mapping):
        inputs = {name: _tensor(array, first.dtype) for name, array in X.items()}
    else:
        inputs = {_first_argument(model): _tensor(X, first.dtype)}
    targets = None if y is None else _tensor(y, first.dtype)
    return TensorSource(inputs, targets, augment=augment, seed=seed, device=first.device)


def _tensor(array: Any, kind: torch.dtype) -> Tensor:
    if hasattr(array, "to_numpy"):
        array = array.to_numpy()
    tensor = array if isinstance(array, Tensor) else torch.from_numpy(np.array(array))
    if tensor.is_floating_point():
        return tensor.to(kind)
    return tensor.to(torch.int64) if tensor.dtype in (torch.int32, torch.int16, torch.int8) else tensor


def _first_argument(model: nn.Module) -> str:
    names = [
        name
        for name, argument in inspect.signature(model.forward).parameters.items()
        if argument.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    ]
    return names[0] if names else "x"


def _split(source: Source, valid: Any, model: nn.Module, seed: int) -> tuple[dict[str, np.ndarray], Source | None]:
    everything = np.arange(len(source))
    if valid is None:
        return {"train": everything}, None
    if isinstance(valid, int | float):
        if not 0 < valid < 1:
            raise UsageError(f"fit: valid must be a share between 0 and 1 or data, got {valid}.")
        order = np.random.default_rng(seed).permutation(len(source))
        count = max(1, round(valid * len(source)))
        return {"train": np.sort(order[count:]), "valid": np.sort(order[:count])}, None
    other = as_source(valid, model)
    return {"train": everything, "valid": np.arange(len(other))}, other
