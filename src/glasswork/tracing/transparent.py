"""Transparent mode: torch without the fused kernels that would hide a composite operation's arithmetic."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils import checkpoint as checkpointing

__all__ = ["transparent"]


def _keep_all(*arguments: Any, **keywords: Any) -> Iterator[None]:
    """Stands in for what torch's checkpoint does before and after a function: nothing."""
    yield


class _Straight:
    """Stands in for torch's re-entrant checkpoint: the same arithmetic, nothing thrown away."""

    @staticmethod
    def apply(function, preserve, *arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN205
        return function(*arguments)


@contextlib.contextmanager
def transparent(dtype: torch.dtype | None = None) -> Iterator[None]:
    """Attention by its formula, no oneDNN, no fast paths of evaluation, nothing re-computed (checkpoints).

    Args:
        dtype: torch's default type inside; None leaves it.

    >>> with transparent(torch.float64):
    ...     torch.zeros(1).dtype
    torch.float64
    >>> torch.zeros(1).dtype
    torch.float32
    """
    before = torch.get_default_dtype(), torch.backends.mha.get_fastpath_enabled()
    straight = {"CheckpointFunction": _Straight, "_checkpoint_without_reentrant_generator": _keep_all}
    known = {name: getattr(checkpointing, name) for name in straight}
    onednn = torch._C._get_mkldnn_enabled()
    with sdpa_kernel(SDPBackend.MATH):
        try:
            torch._C._set_mkldnn_enabled(False)
            torch.backends.mha.set_fastpath_enabled(False)
            for name, stand_in in straight.items():
                setattr(checkpointing, name, stand_in)
            if dtype is not None:
                torch.set_default_dtype(dtype)
            yield
        finally:
            torch._C._set_mkldnn_enabled(onednn)
            torch.set_default_dtype(before[0])
            torch.backends.mha.set_fastpath_enabled(before[1])
            for name, real in known.items():
                setattr(checkpointing, name, real)
