"""A training program: the lines of somebody's script, each of them a field that a fault may change, and the loops.

Plain PyTorch. `run` makes data, model and optimizer from a seed, trains, and judges the model on clean test data.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from programs.rows import Pair, Rows

__all__ = ["Outcome", "Program", "run"]


def standardised(rows: Rows) -> Rows:
    """Subtract the training mean of every column (channel) and divide by its standard deviation."""
    x = rows.train[0]
    over = [0, *range(2, x.dim())] if x.dim() > 2 else [0]
    mean, std = x.mean(over, keepdim=True), x.std(over, keepdim=True)
    std = torch.where(std > 0, std, 1.0)
    return rows.each(lambda pair: ((pair[0] - mean) / std, pair[1]))


def as_it_is(rows: Rows) -> Rows:
    """Leave the data alone: tokens, one-hot columns, numbers that have a fair size already."""
    return rows


def to_unit(rows: Rows) -> Rows:
    """Divide by the greatest training value."""
    high = rows.train[0].max()
    return rows.each(lambda pair: (pair[0] / high, pair[1]))


def both_standardised(rows: Rows) -> Rows:
    """Standardise the inputs and the targets."""
    rows = standardised(rows)
    mean, std = rows.train[1].mean(0), rows.train[1].std(0)
    return rows.each(lambda pair: (pair[0], (pair[1] - mean) / std))


def accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Fraction of right classes; over the last dimension, or the sign where there is one output."""
    if outputs.shape[-1] == 1:
        return ((outputs > 0).float() == targets).float().mean().item()
    return (outputs.argmax(-1) == targets).float().mean().item()


def many_accuracy(outputs: Tensor, targets: Tensor) -> float:
    """F1 over all labels: of several that may hold."""
    said = (outputs > 0).float()
    right = (said * targets).sum()
    return (2 * right / (said.sum() + targets.sum()).clamp(min=1)).item()


def r2(outputs: Tensor, targets: Tensor) -> float:
    """One minus squared error over variance, at least -1."""
    if isinstance(outputs, tuple):
        outputs = outputs[0]
    if outputs.shape != targets.shape:
        outputs = outputs.reshape(targets.shape) if outputs.numel() == targets.numel() else targets * math.nan
    worth = 1 - ((outputs - targets) ** 2).mean() / ((targets - targets.mean(0)) ** 2).mean()
    return max(worth.item(), -1.0) if worth.isfinite() else -1.0


def likeness(outputs: Tensor, targets: Tensor) -> float:
    """One minus the energy distance of generated and real points, over that of a point cloud at the mean."""

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return 2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()

    if not outputs.isfinite().all():
        return -1.0
    worth = 1 - distance(outputs, targets) / distance(targets.mean(0, keepdim=True).expand(2, -1), targets)
    return max(worth.item(), -1.0)


def forward(model: nn.Module, x: Tensor) -> Any:
    """Call the model."""
    return model(x)


def backward(loss: Tensor) -> None:
    """Compute the gradients."""
    loss.backward()


def zero_grad(optimizer: torch.optim.Optimizer) -> None:
    """Forget the gradients."""
    optimizer.zero_grad()


def take_step(optimizer: torch.optim.Optimizer) -> None:
    """Change the weights."""
    optimizer.step()


def to_training(model: nn.Module) -> None:
    """Switch dropout and batch statistics on."""
    model.train()


def to_validation(model: nn.Module) -> None:
    """Switch dropout and batch statistics off."""
    model.eval()


def keep_value(kept: list[Any], loss: Tensor) -> None:
    """Remember the loss for the curve."""
    kept.append(loss.item())


def tensors(pair: Pair) -> Dataset:
    """Make a data set of a pair of tensors."""
    return TensorDataset(*pair)


@dataclass
class Program:
    """One training program.

    Args:
        rows: makes the data from a seed.
        network: makes the model.
        loss: of outputs and targets.
        optimizer: over the model's parameters.
        metric: judges outputs against targets; higher is better, 1 is best.
        prepare: the pipeline's fixed step on all rows.
        targets: what the loop does to a batch's targets.
        augment: what the loop does to a batch's inputs.
        schedule: learning-rate schedule over so many steps, if any.
        schedule_every: `step`, `epoch` or `validation`, whose loss the schedule is then told.
        epochs, batch, accumulate, clip, shuffle, workers, worker_init, dataset: as in any script.
        loop: `loader`, `indices`, `closure`, `gan`.
        validate: every so many epochs; 0 for never.
        the rest: the lines of the loop.
    """

    rows: Callable[[int], Rows]
    network: Callable[[], nn.Module]
    loss: Callable[[Any, Tensor], Tensor]
    optimizer: Callable[[nn.Module], torch.optim.Optimizer]
    metric: Callable[[Any, Tensor], float] = accuracy
    prepare: Callable[[Rows], Rows] = standardised
    targets: Callable[[Tensor], Tensor] = lambda y: y
    augment: Callable[[Tensor], Tensor] | None = None
    schedule: Callable[[torch.optim.Optimizer, int], Any] | None = None
    schedule_every: str = "step"
    schedule_first: bool = False
    epochs: int = 8
    batch: int = 32
    accumulate: int = 1
    clip: float | None = None
    shuffle: bool = True
    workers: int = 0
    worker_init: Callable[[int], None] | None = None
    dataset: Callable[[Pair], Dataset] = tensors
    loop: str = "loader"
    validate: int = 1
    forward: Callable[[nn.Module, Tensor], Any] = forward
    backward: Callable[[Tensor], None] = backward
    zero_grad: Callable[[torch.optim.Optimizer], None] = zero_grad
    take_step: Callable[[torch.optim.Optimizer], None] = take_step
    after_step: Callable[[nn.Module], None] | None = None
    to_training: Callable[[nn.Module], None] = to_training
    to_validation: Callable[[nn.Module], None] = to_validation
    keep: Callable[[list[Any], Tensor], None] = keep_value
    kept: list[Any] = field(default_factory=list)

    def changed(self, **fields: Any) -> Program:
        """Return a copy with some fields changed, and a memory of its own."""
        return dataclasses.replace(self, **{"kept": [], **fields})

    def planned(self, rows: int) -> int:
        """Return how many steps each optimizer is going to make on so many training rows."""
        batches = 1 if self.loop == "closure" else math.ceil(rows / self.batch)
        return self.epochs * max(batches // self.accumulate, 1)


@dataclass
class Outcome:
    """How a training ended: the metric on test data (0 or less when it broke), planned steps, the error if it crashed."""

    metric: float
    planned: int
    error: str | None = None
    checkup: Any = None


def _validate(program: Program, model: nn.Module, pair: Pair) -> float:
    program.to_validation(model)
    total, count = 0.0, 0
    with torch.no_grad():
        for x, y in DataLoader(TensorDataset(*pair), max(program.batch, 64)):
            total += program.loss(program.forward(model, x), program.targets(y)).item() * len(x)
            count += len(x)
    return total / count


def _finish(program: Program, model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Any) -> None:
    if program.clip:
        nn.utils.clip_grad_norm_(model.parameters(), program.clip)
    if scheduler and program.schedule_every == "step" and program.schedule_first:
        scheduler.step()
    program.take_step(optimizer)
    if program.after_step:
        program.after_step(model)
    if scheduler and program.schedule_every == "step" and not program.schedule_first:
        scheduler.step()


def _learn(program: Program, model: nn.Module, x: Tensor, y: Tensor) -> None:
    if program.augment:
        x = program.augment(x)
    loss = program.loss(program.forward(model, x), program.targets(y))
    if program.accumulate > 1:
        loss = loss / program.accumulate
    program.backward(loss)
    program.keep(program.kept, loss)


def _epoch_end(program: Program, epoch: int, model: nn.Module, scheduler: Any, rows: Rows) -> None:
    if scheduler and program.schedule_every == "epoch":
        scheduler.step()
    if program.validate and (epoch + 1) % program.validate == 0:
        seen = _validate(program, model, rows.valid)
        if scheduler and program.schedule_every == "validation":
            scheduler.step(seen)


def loader(program: Program, model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Any, rows: Rows) -> None:
    """Epochs over a DataLoader."""
    batches = DataLoader(
        program.dataset(rows.train), program.batch, shuffle=program.shuffle, num_workers=program.workers,
        worker_init_fn=program.worker_init,
    )  # fmt: skip
    for epoch in range(program.epochs):
        program.to_training(model)
        for number, (x, y) in enumerate(batches):
            if number % program.accumulate == 0:
                program.zero_grad(optimizer)
            _learn(program, model, x, y)
            if (number + 1) % program.accumulate == 0:
                _finish(program, model, optimizer, scheduler)
        _epoch_end(program, epoch, model, scheduler, rows)


def indices(program: Program, model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Any, rows: Rows) -> None:
    """Epochs over shuffled indices, without a DataLoader; gradients are zeroed after the step."""
    inputs, targets = rows.train
    for epoch in range(program.epochs):
        program.to_training(model)
        order = torch.randperm(len(inputs)) if program.shuffle else torch.arange(len(inputs))
        for number, part in enumerate(order.split(program.batch)):
            _learn(program, model, inputs[part], targets[part])
            if (number + 1) % program.accumulate == 0:
                _finish(program, model, optimizer, scheduler)
                program.zero_grad(optimizer)
        _epoch_end(program, epoch, model, scheduler, rows)


def closure(program: Program, model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Any, rows: Rows) -> None:
    """Full batches with an optimizer that calls back."""
    inputs, targets = rows.train
    for epoch in range(program.epochs):
        program.to_training(model)

        def again() -> Tensor:
            program.zero_grad(optimizer)
            loss = program.loss(program.forward(model, inputs), program.targets(targets))
            program.backward(loss)
            return loss

        optimizer.step(again)
        _epoch_end(program, epoch, model, scheduler, rows)


class Players:
    """The two optimizers of a GAN."""

    def __init__(self, critic: torch.optim.Optimizer, generator: torch.optim.Optimizer):
        self.critic, self.generator = critic, generator


def gan(program: Program, model: Any, optimizer: Any, scheduler: Any, rows: Rows) -> None:
    """A critic and a generator in turn."""
    judge = nn.BCEWithLogitsLoss()
    inputs = rows.train[0]
    for epoch in range(program.epochs):
        program.to_training(model)
        for real in inputs[torch.randperm(len(inputs))].split(program.batch):
            ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
            program.zero_grad(optimizer.critic)
            made = model.generator(torch.randn(len(real), model.noise))
            loss = judge(model.critic(real), ones) + judge(model.critic(made.detach()), zeros)
            program.backward(loss)
            program.take_step(optimizer.critic)
            program.zero_grad(optimizer.generator)
            loss = judge(model.critic(model.generator(torch.randn(len(real), model.noise))), ones)
            program.backward(loss)
            program.take_step(optimizer.generator)
        _epoch_end(program.changed(validate=0), epoch, model, scheduler, rows)


LOOPS = {"loader": loader, "indices": indices, "closure": closure, "gan": gan}


def run(program: Program, seed: int, watch: Callable[..., Any] | None = None) -> Outcome:
    """Train a program from a seed, watched or not, and judge it."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 -- what people's transforms draw from
    torch.manual_seed(seed)
    rows = program.prepare(program.rows(seed))
    model = program.network()
    optimizer = program.optimizer(model)
    planned = program.planned(len(rows.train[0]))
    scheduler = program.schedule(optimizer, planned) if program.schedule else None
    outcome = Outcome(-1.0, planned)
    seen = watch(model, optimizer, program) if watch else contextlib.nullcontext()
    try:
        with seen as outcome.checkup:
            LOOPS[program.loop](program, model, optimizer, scheduler, rows)
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        outcome.error = f"{type(error).__name__}: {error}"
        return outcome
    model.eval()
    with torch.no_grad():
        x, y = rows.test
        outputs = program.forward(model, x)
        worth = program.metric(outputs, y)
    outcome.metric = worth if math.isfinite(worth) else -1.0
    return outcome
