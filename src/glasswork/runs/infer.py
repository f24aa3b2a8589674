"""Infer: a trained network's answers on examples, decoded, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from glasswork.errors import GlassworkError, NonFiniteError
from glasswork.tasks import Task
from glasswork.training import Source

__all__ = ["infer", "inference_batch"]


def infer(
    network: nn.Module,
    task: Task,
    source: Source,
    index: np.ndarray,
    *,
    batch_size: int,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> dict[str, np.ndarray]:
    """Return what the task makes of the network's outputs for the examples in `index`, in that order.

    Language models give ``nats``: the negative log-likelihood of every token, ``(windows, T)``.

    Raises:
        NonFiniteError: the network answers with NaN or infinity.
    """
    pieces: list[dict[str, np.ndarray]] = []
    was_training = network.training
    network.eval()
    with torch.inference_mode(), autocast():
        for start in range(0, len(index), batch_size):
            batch = source.batch(index[start : start + batch_size])
            outputs = network(**batch.inputs).float()
            if not bool(outputs.isfinite().all()):
                raise NonFiniteError(f"the network's outputs for examples from {start} on are not finite.")
            if task.name == "language-modelling" and batch.targets is not None:
                nats = functional.cross_entropy(outputs.flatten(0, 1), batch.targets.flatten().long(), reduction="none")
                pieces.append({"nats": nats.view(batch.targets.shape).cpu().numpy()})
            else:
                pieces.append(task.decode(outputs))
    network.train(was_training)
    if not pieces:
        raise GlassworkError("there are no examples to predict.")
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def inference_batch(training_batch: int | None) -> int:
    """Return a batch size for prediction: without gradients there is room for more."""
    return max(256, min(4096, 4 * (training_batch or 256)))
