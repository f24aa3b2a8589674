"""Which device to train on, and with how many threads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.checks import check_choice
from glasswork.errors import UsageError

if TYPE_CHECKING:
    from glasswork.records import Batch

__all__ = ["choose_device", "choose_threads", "count_work"]

# Below this many multiplications in the forward pass of a batch, a second thread costs more than it brings.
# An MLP 32-64-64-3 at batch 256 (1.6 M) is as fast on one thread, an MLP 784-256-128-10 at batch 128 (30 M) is not.
ONE_THREAD_WORK = 2e7


def choose_device(wish: str = "auto") -> torch.device:
    """Return the device to train on: the one wished for, or the first of cuda, mps and cpu that is there.

    >>> choose_device("cpu")
    device(type='cpu')
    """
    kind = wish.split(":")[0]
    check_choice("choose_device", ["auto", "cpu", "cuda", "mps"], device=kind)
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if kind == "auto":
        local = os.environ.get("LOCAL_RANK")
        best = next(name for name, present in there.items() if present)
        return torch.device(f"cuda:{local}") if best == "cuda" and local is not None else torch.device(best)
    if not there[kind]:
        present = ", ".join(name for name, is_there in there.items() if is_there)
        raise UsageError(f"device '{wish}' was asked for, but this torch finds only: {present}.")
    return torch.device(wish)


def choose_threads(model: nn.Module, batch: Batch, *, cores: int | None = None) -> int:
    """Return how many threads torch should use to train this model on batches like this one.

    One for tiny networks, whose steps are overhead and which then do not suffer from busy neighbours; else one a core
    that this process may use.
    """
    if cores is None:
        said = os.environ.get("OMP_NUM_THREADS", "")  # torchrun says 1, so that its processes do not crowd each other
        able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        cores = int(said) if said.isdigit() and int(said) > 0 else able
    return 1 if count_work(model, batch) < ONE_THREAD_WORK else cores


@torch.no_grad()
def count_work(model: nn.Module, batch: Batch) -> int:
    """Return about how many multiplications the forward pass of a batch takes in layers with weight matrices."""
    total = 0

    def look(module: nn.Module, inputs: Any, output: Any) -> None:
        nonlocal total
        result = output[0] if isinstance(output, tuple) else output
        if not isinstance(result, Tensor) or isinstance(module, nn.Embedding):
            return
        matrices = [p for p in module.parameters(recurse=False) if p.dim() >= 2]
        if isinstance(module, nn.RNNBase):
            total += result.numel() // max(1, result.shape[-1]) * sum(p.numel() for p in matrices)
        elif matrices:
            total += result.numel() * (matrices[0].numel() // matrices[0].shape[0])

    handles = [module.register_forward_hook(look) for module in model.modules()]
    flags = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        model(**batch.inputs)
    finally:
        for handle in handles:
            handle.remove()
        for module, flag in flags:
            module.training = flag
    return total
