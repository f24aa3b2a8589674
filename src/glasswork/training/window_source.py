"""WindowSource: a time series seen through a sliding window."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from glasswork.checks import check_at_least, check_dimensions
from glasswork.records import Batch
from glasswork.training.tensor_source import as_index

__all__ = ["WindowSource"]


class WindowSource:
    """Batches of past and future around forecast origins.

    For origin i, ``past`` holds rows ``i - past .. i - 1`` of every channel and the targets rows
    ``i .. i + horizon - 1`` of the first `targets` channels: (B, past, C) and (B, horizon, targets).
    Rows of the future that are not there (a forecast from the end of the series) leave the targets None.

    Args:
        series: (T, C), the channels to be forecast first.
        past: how many rows a forecast looks back.
        horizon: how many rows it looks ahead.
        targets: how many channels are forecast; default all.
        device: where the series is kept.

    >>> source = WindowSource(torch.arange(6.0)[:, None], past=2, horizon=1)
    >>> batch = source.batch(np.array([3]))
    >>> batch.inputs["past"].flatten(), batch.targets.flatten()
    (tensor([1., 2.]), tensor([3.]))
    """

    def __init__(
        self,
        series: Tensor,
        *,
        past: int,
        horizon: int,
        targets: int | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        check_dimensions("WindowSource", 2, series=series)
        check_at_least("WindowSource", 1, past=past, horizon=horizon)
        self.device = torch.device(device)
        self.series = series.to(self.device).contiguous()
        self.past = past
        self.horizon = horizon
        self.channels = series.shape[1] if targets is None else targets
        self._back = torch.arange(-past, 0, device=self.device)
        self._ahead = torch.arange(horizon, device=self.device)

    def __len__(self) -> int:
        """Return the number of rows of the series."""
        return len(self.series)

    def batch(self, index: np.ndarray | Tensor, *, epoch: int | None = None) -> Batch:
        """Return past and future at these origins."""
        origins = as_index(index, self.device)
        past = self.series[origins[:, None] + self._back]
        host = np.asarray(index.cpu() if isinstance(index, Tensor) else index)
        if len(host) and int(host.max()) + self.horizon > len(self.series):
            return Batch({"past": past}, None, None, origins)
        future = self.series[origins[:, None] + self._ahead]
        return Batch({"past": past}, future[..., : self.channels], None, origins)
