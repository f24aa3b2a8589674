"""Processes: several processes that train one network on one batch, each with its share of the examples."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from glasswork.errors import UsageError

__all__ = ["Processes"]


class Processes:
    r"""The processes that ``torchrun`` started, or this one alone.

    Each takes its slice of every batch. With :math:`n_r` examples at process r, gradients are averaged as

    .. math:: g = \frac{\sum_r n_r\,g_r}{\sum_r n_r}

    so that any number of processes takes the very step that one would, up to rounding. (Batch normalisation is the
    exception: each process normalises its own share.) Process 0 validates and writes.

    >>> alone = Processes()
    >>> alone.rank, alone.world, alone.share(np.arange(4)).tolist()
    (0, 1, [0, 1, 2, 3])
    """

    def __init__(self, *, rank: int = 0, world: int = 1) -> None:
        self.rank = rank
        self.world = world

    @classmethod
    def from_environment(cls, device: torch.device | str = "cpu") -> Processes:
        """Join the processes that ``torchrun`` started; without it, return this process alone."""
        if int(os.environ.get("WORLD_SIZE", "1")) <= 1:
            return cls()
        import torch.distributed as dist

        missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
        if missing:
            raise UsageError(f"WORLD_SIZE is set but {missing[0]} is not; start several processes with torchrun.")
        where = torch.device(device)
        if where.type == "cuda":
            torch.cuda.set_device(where)
        if not dist.is_initialized():
            dist.init_process_group("nccl" if where.type == "cuda" else "gloo")
        return cls(rank=dist.get_rank(), world=dist.get_world_size())

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def share(self, index: np.ndarray) -> np.ndarray:
        """Return this process's part of a batch's example numbers; parts differ in size by at most one."""
        return index if self.world == 1 else np.array_split(index, self.world)[self.rank]

    def start_equal(self, model: nn.Module) -> None:
        """Give every process the weights and buffers of process 0."""
        if self.world > 1:
            self._broadcast([*model.parameters(), *model.buffers()])

    def share_buffers(self, model: nn.Module) -> None:
        """Give every process the buffers of process 0, such as running statistics."""
        if self.world > 1:
            self._broadcast(list(model.buffers()))

    @torch.no_grad()
    def mean_gradients(self, parameters: Sequence[Tensor], unit: int, examples: int) -> list[Tensor]:
        """Replace each gradient by the mean over all processes' examples; see ``learning.Together``."""
        if self.world == 1:
            gradients = [p.grad for p in parameters if p.grad is not None]
            torch._foreach_mul_(gradients, unit / examples)
            return gradients
        import torch.distributed as dist

        kinds = {(p.dtype, p.device) for p in parameters}
        count = torch.tensor(float(examples), dtype=torch.float64)
        for kind, device in sorted(kinds, key=str):
            group = [p for p in parameters if (p.dtype, p.device) == (kind, device)]
            # A parameter without a gradient here may have one elsewhere; all processes must send the same layout.
            used = torch.tensor([float(p.grad is not None) for p in group], dtype=kind, device=device)
            parts = [p.new_zeros(p.numel()) if p.grad is None else p.grad.reshape(-1) for p in group]
            flat = torch.cat([*parts, used])
            flat[: -len(group)] *= unit
            total = count.to(device) if device.type != "mps" else count.float().to(device)
            dist.all_reduce(flat)
            dist.all_reduce(total)
            flat[: -len(group)] /= total
            anywhere = flat[-len(group) :].tolist()
            pieces = flat[: -len(group)].split([p.numel() for p in group])
            for parameter, piece, was_used in zip(group, pieces, anywhere, strict=True):
                if was_used:
                    mean = torch.empty_like(parameter)
                    parameter.grad = mean.copy_(piece.view(parameter.shape))
        return [p.grad for p in parameters if p.grad is not None]

    def sums(self, values: Sequence[float], device: torch.device) -> list[float]:
        """Return the sums of some numbers over the processes."""
        if self.world == 1:
            return list(values)
        import torch.distributed as dist

        total = torch.tensor(list(values), dtype=torch.float64, device=device)
        dist.all_reduce(total)
        return total.tolist()

    def from_first(self, value: Any) -> Any:
        """Return process 0's value in every process."""
        if self.world == 1:
            return value
        import torch.distributed as dist

        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def gather(self, value: Any) -> list[Any]:
        """Return every process's value, in the order of their ranks."""
        if self.world == 1:
            return [value]
        import torch.distributed as dist

        box: list[Any] = [None] * self.world
        dist.all_gather_object(box, value)
        return box

    def leave(self) -> None:
        """Leave the group of processes."""
        if self.world > 1:
            import torch.distributed as dist

            if dist.is_initialized():
                dist.destroy_process_group()

    def __enter__(self) -> Processes:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the group."""
        self.leave()

    @torch.no_grad()
    def _broadcast(self, tensors: list[Tensor]) -> None:
        import torch.distributed as dist

        for tensor in tensors:
            sent = tensor.detach().contiguous()
            dist.broadcast(sent, src=0)
            if sent.data_ptr() != tensor.data_ptr():
                tensor.copy_(sent)
