"""trace: one training step of a run, of a small net of any registered kind, or of a lesson, ready to be written out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from glasswork import catalog
from glasswork.checks import nearest
from glasswork.errors import DataError, UnknownNameError, UsageError
from glasswork.runs.folder import RunFolder, runs_directory

if TYPE_CHECKING:  # torch is loaded only once it is needed
    from torch import Tensor, nn
    from torch.optim import Optimizer

    from glasswork.tracing import Trace
    from glasswork.tracing.document import Plane

__all__ = ["LESSONS", "Traced", "trace"]

LESSONS = ("xor", "chain", "shared")
"""Nets whose numbers are round."""


@dataclass(frozen=True)
class Traced:
    """A traced step and what it is."""

    trace: Trace
    subject: str
    """What is traced: the net, the sample, the loss, the optimizer and where its state comes from."""
    small: bool
    """Whether every number of it can be read."""
    plane: Plane | None = None
    """What a net of two inputs says, where there is one."""


def trace(what: str | Path, *, sample: int = 0) -> Traced:
    """Trace the next training step on one sample.

    Args:
        what: a run's folder or its name below ./runs; a model's name, ``lstm_text`` or ``models.lstm_text``, which is
            made small, with random data; or a lesson: ``xor``, ``chain``, ``shared``.
        sample: which training example, from 0.

    Raises:
        UnknownNameError: neither run, model nor lesson; the nearest name is offered.

    >>> traced = trace("xor", sample=1)
    >>> round(traced.trace.loss, 4), traced.trace.check().ok
    (0.045, True)
    """
    name = str(what)
    if sample < 0:
        raise UsageError(f"sample must be at least 0, got {sample}.")
    if name in LESSONS:
        from glasswork.verbs.lessons import lesson

        step, said, plane = lesson(name, sample)
        return Traced(step, said, small=True, plane=plane)
    if Path(name).is_dir() or (runs_directory() / name).is_dir():
        return _run(RunFolder.open(name), sample)
    room, dot, part = name.rpartition(".")
    if not dot or room in ("models", "glasswork.models"):
        try:
            found = catalog.resolve("models", part or name)
        except UnknownNameError:
            found = None
        if found is not None:
            return _model(found, sample)
    if any(separator in name for separator in "/\\"):
        RunFolder.open(name)  # says that there is none, and the nearest
    known = [*catalog.names("models"), *LESSONS]
    close = nearest(part or name, known)
    hint = f" Did you mean {close!r}?" if close else ""
    raise UnknownNameError(
        f"nothing to trace is called {name!r}: no run folder, no model, no lesson ({', '.join(LESSONS)}).{hint}"
    )


def _run(folder: RunFolder, sample: int) -> Traced:
    import torch

    from glasswork.data import prepare
    from glasswork.learning import GradientDescent
    from glasswork.runs.assemble import assemble
    from glasswork.tracing import trace as trace_step
    from glasswork.training import Checkpoints

    recipe, contract = folder.recipe(), folder.contract()
    prepared = prepare(recipe.data, task=recipe.task, seed=recipe.seed)
    if prepared.contract.sha256 != contract.sha256:
        raise DataError(f"the data of {folder} has changed since the run; its samples cannot be traced.")
    assembly = assemble(recipe, prepared, device=torch.device("cpu"))
    learner = assembly.learner
    if not isinstance(learner, GradientDescent):
        raise UsageError(
            f"{folder} learns by {recipe.learner.name}, not by gradient descent; there is nothing to trace."
        )
    index = prepared.parts["train"]
    if sample >= len(index):
        raise UsageError(f"sample must be below {len(index)}, the number of training examples, got {sample}.")
    saved = Checkpoints(folder.checkpoints).latest()
    if saved is None:
        state = "fresh: the run has no checkpoint yet"
    else:
        saved.load(learner)
        state = f"as of checkpoint step {saved.step}"
    learner.model.train()
    batch = assembly.source.batch(index[sample : sample + 1])
    loss = learner.loss
    if batch.weights is not None:
        weights = batch.weights

        def weighted(outputs: Tensor, targets: Tensor) -> Tensor:
            return learner.loss(outputs, targets, weights=weights)

        loss = weighted
    step = trace_step(learner.model, loss, dict(batch.inputs), batch.targets, optimizer=learner.optimizer)
    clipped = recipe.training.clip_norm or recipe.training.clip_value
    said = (
        f"the next step of {folder} on training example {sample} of {len(index)}: {_size(learner.model)}, "
        f"loss {recipe.loss.name}, {_optimizer(learner.optimizer)}, weights and optimizer {state}"
    )
    if clipped:
        said += "; the gradient is shown before it is clipped"
    return Traced(step, said, _is_small(learner.model))


def _model(name: str, sample: int) -> Traced:
    import torch

    from glasswork.tracing import trace as trace_step
    from glasswork.verbs.small_net import small_net

    net = small_net(name)
    rows = len(net.y)
    if sample >= rows:
        raise UsageError(f"sample must be below {rows}, the rows that a small net's data has, got {sample}.")
    optimizer = torch.optim.SGD(net.model.parameters(), lr=0.1)
    one = {key: value[sample : sample + 1] for key, value in net.x.items()}
    step = trace_step(net.model, net.loss, one, net.y[sample : sample + 1], optimizer=optimizer)
    said = (
        f"models.{name}, made small: {_size(net.model)}, on row {sample} of {rows} random ones, loss {net.loss_name}, "
        f"{_optimizer(optimizer)}, fresh"
    )
    return Traced(step, said, _is_small(net.model))


def _size(model: nn.Module) -> str:
    count = sum(parameter.numel() for parameter in model.parameters())
    return f"{count:,} parameters"


def _is_small(model: nn.Module) -> bool:
    return sum(parameter.numel() for parameter in model.parameters()) <= 20


def _optimizer(optimizer: Optimizer) -> str:
    rate = optimizer.param_groups[0].get("lr")
    return f"{type(optimizer).__name__}{f' at learning rate {float(rate):g}' if rate is not None else ''}"
