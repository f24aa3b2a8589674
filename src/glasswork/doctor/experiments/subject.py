"""Subject: what experiments are made on, and the ways to copy, train and judge it without leaving a trace."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["Clock", "KeptBatch", "Subject", "aside", "joined", "judged", "right_share", "trained", "twin"]

_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout)


@dataclass(frozen=True)
class KeptBatch:
    """One batch as the model was called with it.

    Args:
        inputs: the positional arguments, tensors with the examples first.
        targets: what the loss compared with.
        named: the keyword arguments.
    """

    inputs: tuple[Any, ...]
    targets: Tensor
    named: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.targets)


@dataclass
class Subject:
    """What experiments are made on.

    Args:
        model: as it is now; it is copied, never called itself.
        optimizer: its optimizer, copied likewise; None: Adam at 0.001.
        loss: of the model's output and the targets; a scalar, the mean over examples.
        batches: a few training batches.
        held_out: a few validation batches, where there were any.
        start: the model's state before the first step, where it was kept: experiments that train then begin there.
        clean: the batches before augmentation, where they are known.
        suspects: layers to begin afresh, by name.
        pause: holds the observation off while an experiment runs.
        moved: whether the script moved values from one example to another before it called the model.
        further: more training batches, for simple models that gain by every row; before augmentation where all are.
        parted: whether the script gave rows or labels another order before it called the model, each its own.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer | None
    loss: Callable[[Any, Tensor], Tensor]
    batches: list[KeptBatch]
    held_out: list[KeptBatch] = field(default_factory=list)
    start: dict[str, Tensor] | None = None
    clean: list[KeptBatch] = field(default_factory=list)
    suspects: tuple[str, ...] = ()
    pause: Callable[[], AbstractContextManager[Any]] = nullcontext
    moved: bool = False
    further: list[KeptBatch] = field(default_factory=list)
    parted: bool = False


class Clock:
    """A time budget: how long it has been, and whether there is any left.

    >>> Clock(0.0).over
    True
    """

    def __init__(self, budget: float) -> None:
        self._start, self._budget = time.perf_counter(), budget

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._start

    @property
    def over(self) -> bool:
        """Whether the budget is spent."""
        return self.seconds >= self._budget

    @property
    def left(self) -> float:
        """Seconds that are left, at least 0."""
        return max(self._budget - self.seconds, 0.0)


@contextmanager
def aside(subject: Subject, seed: int = 0) -> Iterator[None]:
    """Work with random numbers of one's own, gradients on, observation off; everything is as before afterwards."""
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002 - what people's code draws from
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with subject.pause(), torch.random.fork_rng(devices), torch.enable_grad():
        torch.manual_seed(seed)
        try:
            yield
        finally:
            np.random.set_state(numpy_state)  # noqa: NPY002
            random.setstate(python_state)


def twin(subject: Subject, *, fresh: bool = False) -> tuple[nn.Module, torch.optim.Optimizer]:
    """Return copies of model and optimizer that belong together, in training mode and without dropout.

    Args:
        subject: what to copy.
        fresh: begin as the training did: with the first weights, where they were kept, and an empty optimizer state.
    """
    memo: dict[int, Any] = {}
    model, optimizer = copy.deepcopy((subject.model, subject.optimizer), memo)
    if optimizer is not None:
        # torch copies an optimizer's state and groups alone; LBFGS has more. What can be called is left: a schedule
        # puts a step into its optimizer that would move the original.
        for name, value in vars(subject.optimizer).items():
            if name not in vars(optimizer) and not callable(value):
                setattr(optimizer, name, copy.deepcopy(value, memo))
    if fresh and subject.start is not None:
        model.load_state_dict(subject.start)
    if optimizer is None:
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    elif fresh:
        optimizer.state.clear()
        for group in optimizer.param_groups:
            # A schedule has brought the rate down by the end: a new beginning has the rate that it began from.
            group["lr"] = group.get("max_lr", group.get("initial_lr", group["lr"]))
    optimizer.zero_grad()
    model.train()
    for module in model.modules():
        if isinstance(module, _DROPOUTS):
            module.eval()
    return model, optimizer


def trained(
    subject: Subject,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: list[KeptBatch],
    *,
    steps: int,
    clock: Clock,
) -> int:
    """Train a copy on some batches in turn; return how many steps it took, to the budget's end or a broken loss."""
    for step in range(steps):
        if clock.over:
            return step
        batch = batches[step % len(batches)]

        def again(batch: KeptBatch = batch) -> float:
            optimizer.zero_grad()
            loss = subject.loss(model(*batch.inputs, **batch.named), batch.targets)
            if loss.requires_grad and bool(loss.isfinite()):
                loss.backward()
            return float(loss.detach())

        if isinstance(optimizer, torch.optim.LBFGS):
            optimizer.step(again)
        else:
            if not np.isfinite(again()):
                return step
            optimizer.step()
    return steps


def judged(subject: Subject, model: nn.Module, batches: list[KeptBatch]) -> float:
    """Return a copy's mean loss on some batches, in its own mode."""
    with torch.no_grad():
        total = sum(float(subject.loss(model(*b.inputs, **b.named), b.targets)) * len(b) for b in batches)
    return total / sum(len(b) for b in batches)


def right_share(model: nn.Module, batches: list[KeptBatch]) -> float | None:
    """Return the fraction of rows whose class has the greatest output; None where there are no such classes."""
    right = count = 0
    with torch.no_grad():
        for batch in batches:
            outputs = model(*batch.inputs, **batch.named)
            classes = batch.targets.dim() == 1 and not batch.targets.is_floating_point()
            if not (classes and isinstance(outputs, Tensor) and outputs.dim() == 2 and outputs.shape[1] > 1):
                return None
            right += int((outputs.argmax(1) == batch.targets).sum())
            count += len(batch)
    return right / max(count, 1)


def joined(batches: list[KeptBatch]) -> tuple[Tensor, Tensor] | None:
    """Return the first input and the targets of all batches, a row an example; None where they do not fit together.

    They are on the CPU, wherever the model is.
    """
    inputs = [b.inputs[0] if b.inputs else next(iter(b.named.values()), None) for b in batches]
    if not inputs or not all(isinstance(x, Tensor) and len(x) == len(b) for x, b in zip(inputs, batches, strict=True)):
        return None
    tensors = [x for x in inputs if isinstance(x, Tensor)]
    if len({tuple(x.shape[1:]) for x in tensors}) > 1 or len({tuple(b.targets.shape[1:]) for b in batches}) > 1:
        return None
    return torch.cat([x.detach().cpu() for x in tensors]), torch.cat([b.targets.detach().cpu() for b in batches])
