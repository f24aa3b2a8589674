"""NLinear: a linear forecast of how far the series will move from its last value.

Letters in shapes: B batch, P past steps, C channels, H horizon, T targets (the first channels).
Source: Zeng et al. 2023, "Are Transformers Effective for Time Series Forecasting?" (NLinear).
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_dimensions, check_size

__all__ = ["NLinear"]


class NLinear(nn.Module):
    r"""Forecast each target channel's move away from its last value, with one W shared by all channels.

    .. math:: y_h = x_P + \sum_{p=1}^{P} W_{hp}\, (x_p - x_P) + b_h

    Subtracting the last value :math:`x_P` makes the forecast follow a level that drifts away from that of the training
    rows. The weights start at zero: the first forecast is the last value, the naive rule that any model must beat.

    Args:
        past: steps seen, P.
        horizon: steps forecast, H.
        channels: columns of the series, C; the targets come first.
        targets: columns forecast, T; the others are not looked at.

    >>> import torch
    >>> model = NLinear(past=3, horizon=1, channels=1, targets=1)
    >>> _ = model.linear.weight.data.copy_(torch.tensor([[0.0, -1.0, 9.0]])), model.linear.bias.data.fill_(0.5)
    >>> model(torch.tensor([[[1.0], [3.0], [5.0]]])).tolist()  # 5 - (3 - 5) + 9 * 0 + 0.5
    [[[7.5]]]
    >>> sum(p.numel() for p in model.parameters())
    4
    """

    def __init__(self, *, past: int, horizon: int, channels: int, targets: int) -> None:
        super().__init__()
        check_at_least("NLinear", 1, past=past, horizon=horizon, channels=channels)
        check_between("NLinear", 1, channels, targets=targets)
        self.past, self.channels, self.targets = past, channels, targets
        self.linear = nn.Linear(past, horizon)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, past: Tensor) -> Tensor:
        """Return forecasts, shape ``(B, H, T)``, from the past, shape ``(B, P, C)``."""
        check_dimensions("NLinear", 3, past=past)
        check_size("NLinear", 1, self.past, past=past)
        check_size("NLinear", 2, self.channels, past=past)
        past_BPT = past[:, :, : self.targets]
        last_B1T = past_BPT[:, -1:]
        moved_BHT = self.linear((past_BPT - last_B1T).transpose(1, 2)).transpose(1, 2)
        return last_B1T + moved_BHT
