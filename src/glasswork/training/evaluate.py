"""evaluate: how good a network is on some examples, without learning from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from glasswork.records import Batch
    from glasswork.training.source import Source

__all__ = ["Evaluated", "Meter", "Metric", "TaskLike", "batches_of", "evaluate", "evaluating"]

Metric = Callable[[Tensor, Tensor], Tensor]


class Meter(Protocol):
    """Gathers batches on the device and says the metrics at the end."""

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Take in one batch; waits for nothing."""
        ...

    def compute(self) -> dict[str, float]:
        """Return the metrics of everything taken in."""
        ...


class TaskLike(Protocol):
    """What the loop asks of a task: which metric counts, which way, and how metrics are gathered."""

    @property
    def monitor(self) -> str:
        """The metric that picks the best weights and ends training early."""
        ...

    @property
    def monitor_direction(self) -> str:
        """``max`` or ``min``."""
        ...

    def meter(self) -> Any:
        """Return a fresh `Meter`."""
        ...


class Evaluated(NamedTuple):
    """Metrics by name, and where wanted the outputs and targets of all examples, in the order asked for, on the CPU."""

    metrics: dict[str, float]
    outputs: Tensor | None = None
    targets: Tensor | None = None


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode, and every module back into the mode it was in."""
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, flag in flags:
            module.training = flag


def batches_of(source: Source, indices: Sequence[np.ndarray], *, epoch: int | None) -> Iterator[Batch]:
    """Return the batches of these example numbers, read ahead where the source knows how."""
    ahead = getattr(source, "batches", None)
    if ahead is not None:
        yield from ahead(indices, epoch=epoch)
        return
    batch = source.batch
    for index in indices:
        yield batch(index, epoch=epoch)


@torch.no_grad()
def evaluate(
    model: nn.Module,
    source: Source,
    index: np.ndarray | Tensor,
    *,
    task: TaskLike | None = None,
    loss: Callable[..., Tensor] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    batch_size: int = 256,
    outputs: bool = False,
) -> Evaluated:
    """Return the metrics of a model on the examples of these numbers, in evaluation mode and without gradients.

    Everything is summed on the device and read once at the end.

    Args:
        model: called as ``model(**batch.inputs)``.
        source: where the batches come from.
        index: example numbers.
        task: brings the meter of its metrics.
        loss: reported as ``loss``, the mean over the examples.
        metrics: further means over examples by name, ``metric(outputs, targets) -> 0-d tensor``.
        batch_size: how many examples at once; changes only speed and memory.
        outputs: whether outputs and targets are returned as well.

    >>> from glasswork.training.tensor_source import TensorSource
    >>> source = TensorSource({"input": torch.tensor([[1.0], [2.0]])}, torch.tensor([[1.0], [0.0]]))
    >>> evaluate(nn.Identity(), source, np.arange(2), loss=nn.functional.mse_loss).metrics  # (0 + 4) / 2
    {'loss': 2.0}
    """
    host = np.array(index.cpu() if isinstance(index, Tensor) else index, dtype=np.int64)
    indices = [host[start : start + batch_size] for start in range(0, len(host), batch_size)]
    meter: Meter | None = None if task is None else task.meter()
    means: dict[str, Metric] = {**({} if loss is None else {"loss": loss}), **(metrics or {})}
    totals: dict[str, Tensor] = {}
    seen = 0
    kept_outputs, kept_targets = [], []
    with evaluating(model):
        for batch in batches_of(source, indices, epoch=None):
            result = model(**batch.inputs)
            targets = batch.targets
            if outputs:
                kept_outputs.append(result.cpu())
                if targets is not None:
                    kept_targets.append(targets.cpu())
            if targets is None:
                continue
            size = len(batch)
            seen += size
            for name, metric in means.items():
                value = metric(result, targets).double() * size
                totals[name] = totals[name] + value if name in totals else value
            if meter is not None:
                meter.update(result, targets)
    found = {name: float(total) / seen for name, total in totals.items()}
    if meter is not None and seen:
        found.update(meter.compute())
    return Evaluated(
        found,
        torch.cat(kept_outputs) if kept_outputs else None,
        torch.cat(kept_targets) if kept_targets else None,
    )
