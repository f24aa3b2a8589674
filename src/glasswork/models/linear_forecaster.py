"""LinearForecaster: each future value is a weighted sum of the channel's own past.

Letters in shapes: B batch, P past steps, C channels, H horizon, T targets (the first channels).
Source: Zeng et al. 2023, "Are Transformers Effective for Time Series Forecasting?" (Linear).
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_dimensions, check_size

__all__ = ["LinearForecaster"]


class LinearForecaster(nn.Module):
    r"""Forecast each target channel from its own past, with one W shared by all channels.

    .. math:: y_h = \sum_{p=1}^{P} W_{hp}\, x_p + b_h

    The weights start at 1/P: the first forecast is the mean of the past.

    Args:
        past: steps seen, P.
        horizon: steps forecast, H.
        channels: columns of the series, C; the targets come first.
        targets: columns forecast, T; the others are not looked at.

    >>> import torch
    >>> model = LinearForecaster(past=2, horizon=1, channels=1, targets=1)
    >>> _ = model.linear.weight.data.copy_(torch.tensor([[-1.0, 2.0]])), model.linear.bias.data.zero_()
    >>> model(torch.tensor([[[3.0], [5.0]]])).tolist()  # the trend goes on: 2 * 5 - 3
    [[[7.0]]]
    >>> sum(p.numel() for p in model.parameters())
    3
    """

    def __init__(self, *, past: int, horizon: int, channels: int, targets: int) -> None:
        super().__init__()
        check_at_least("LinearForecaster", 1, past=past, horizon=horizon, channels=channels)
        check_between("LinearForecaster", 1, channels, targets=targets)
        self.past, self.channels, self.targets = past, channels, targets
        self.linear = nn.Linear(past, horizon)
        nn.init.constant_(self.linear.weight, 1 / past)
        nn.init.zeros_(self.linear.bias)

    def forward(self, past: Tensor) -> Tensor:
        """Return forecasts, shape ``(B, H, T)``, from the past, shape ``(B, P, C)``."""
        check_dimensions("LinearForecaster", 3, past=past)
        check_size("LinearForecaster", 1, self.past, past=past)
        check_size("LinearForecaster", 2, self.channels, past=past)
        return self.linear(past[:, :, : self.targets].transpose(1, 2)).transpose(1, 2)
