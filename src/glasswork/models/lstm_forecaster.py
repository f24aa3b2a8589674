"""LSTMForecaster: reads the past step by step with a guarded memory, then writes the whole future at once.

Letters in shapes: B batch, P past steps, C channels, U hidden units, H horizon, T targets (the first channels).
Source: LSTM: Hochreiter & Schmidhuber 1997; the last value subtracted, as in NLinear: Zeng et al. 2023.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_dimensions, check_size

__all__ = ["LSTMForecaster"]


class LSTMForecaster(nn.Module):
    r"""An LSTM over all channels; a linear head turns its last state into H forecasts of each target.

    .. math:: c_p = f_p \odot c_{p-1} + i_p \odot g_p, \qquad h_p = o_p \odot \tanh c_p, \qquad y = x_P + W h_P + b

    with the gates i, f, o and the candidate g computed from :math:`x_p - x_P` and :math:`h_{p-1}`.

    Args:
        past: steps seen, P.
        horizon: steps forecast, H.
        channels: columns of the series, C; the targets come first.
        targets: columns forecast, T.
        hidden: units of the LSTM, U.
        layers: how many LSTMs lie on one another.
        dropout: share silenced in training between layers and before the head.
        relative: see the targets, and forecast them, as differences from their last value.


    >>> model = LSTMForecaster(past=5, horizon=2, channels=3, targets=1, hidden=4)
    >>> sum(p.numel() for p in model.parameters())  # 4*4*(3+4+2) + 4*2+2
    154
    >>> model(torch.zeros(6, 5, 3)).shape
    torch.Size([6, 2, 1])
    """

    def __init__(
        self,
        *,
        past: int,
        horizon: int,
        channels: int,
        targets: int,
        hidden: int = 128,
        layers: int = 1,
        dropout: float = 0.0,
        relative: bool = True,
    ) -> None:
        super().__init__()
        check_at_least("LSTMForecaster", 1, past=past, horizon=horizon, channels=channels, hidden=hidden, layers=layers)
        check_between("LSTMForecaster", 1, channels, targets=targets)
        check_between("LSTMForecaster", 0, 1, include_high=False, dropout=dropout)
        self.past, self.horizon, self.channels, self.targets = past, horizon, channels, targets
        self.relative = relative
        # torch warns where dropout is asked of a single layer, which has nothing between.
        between = dropout if layers > 1 else 0.0
        self.reader = nn.LSTM(channels, hidden, num_layers=layers, dropout=between, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, horizon * targets)

    def forward(self, past: Tensor) -> Tensor:
        """Return forecasts, shape ``(B, H, T)``, from the past, shape ``(B, P, C)``."""
        check_dimensions("LSTMForecaster", 3, past=past)
        check_size("LSTMForecaster", 1, self.past, past=past)
        check_size("LSTMForecaster", 2, self.channels, past=past)
        last_B1C = past[:, -1:]
        if self.relative:
            targets_C = (torch.arange(self.channels, device=past.device) < self.targets).to(past.dtype)
            past = past - last_B1C * targets_C
        states_BPU, _ = self.reader(past)
        moved_BHT = self.head(self.dropout(states_BPU[:, -1])).unflatten(1, (self.horizon, self.targets))
        return moved_BHT + last_B1C[:, :, : self.targets] if self.relative else moved_BHT
