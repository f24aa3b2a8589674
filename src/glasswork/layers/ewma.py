"""EWMA: the exponentially weighted moving average of a series.

Letters in shapes: T time; ``...`` any dimensions before it.
Course: OPT-02.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from glasswork.checks import check_between, check_dimensions

__all__ = ["ewma", "ewma_corrected", "ewma_formula"]


def ewma(x_T: Tensor, *, beta: float = 0.9) -> Tensor:
    r"""Average each value with all before it, the older the less; it begins from 0.

    .. math:: V_t = \beta V_{t-1} + (1 - \beta)\, x_t = (1 - \beta) \sum_{i=1}^{t} \beta^{\,t - i} x_i, \qquad V_0 = 0

    The weights sum to :math:`1 - \beta^t`, so that the first averages are too near 0; `ewma_corrected` divides by that.

    Computed in about :math:`\log_2 T` passes over the whole series: one that knows the sums over the last
    :math:`s` values gives those over the last :math:`2s`, as :math:`\beta^s` times the one :math:`s` earlier, added.

    Args:
        x_T: the values, (..., T); time is the last dimension.
        beta: the share of the average that is kept; in [0, 1). Its memory is about :math:`1 / (1 - \beta)` values.

    Returns:
        The averages, shaped like `x_T`.

    Source: Roberts 1959, "Control Chart Tests Based on Geometric Moving Averages".

    >>> ewma(torch.tensor([1.0, 2.0, 3.0]), beta=0.5)  # 0.5, then 0.25 + 1, then 0.625 + 1.5
    tensor([0.5000, 1.2500, 2.1250])
    """
    check_between("ewma", 0, 1, include_high=False, beta=beta)
    if not x_T.dim():
        check_dimensions("ewma", (1, 2, 3), x=x_T)
    average_T = (1 - beta) * x_T
    if beta == 0:
        return average_T
    shift = 1
    while shift < x_T.shape[-1] and beta**shift > 0:
        earlier_T = average_T[..., :-shift]
        average_T = torch.cat([average_T[..., :shift], average_T[..., shift:] + beta**shift * earlier_T], dim=-1)
        shift *= 2
    return average_T


def ewma_formula(x_T: Tensor, *, beta: float = 0.9) -> Tensor:
    """The same, one value after the other.

    >>> ewma_formula(torch.tensor([1.0, 2.0, 3.0]), beta=0.5)
    tensor([0.5000, 1.2500, 2.1250])
    """
    averages = [torch.zeros(x_T.shape[:-1], dtype=x_T.dtype, device=x_T.device)]
    for x in x_T.unbind(-1):
        averages.append(beta * averages[-1] + (1 - beta) * x)
    return torch.stack(averages, dim=-1)[..., 1:]


def ewma_corrected(x_T: Tensor, *, beta: float = 0.9) -> Tensor:
    r"""`ewma` divided by the sum of its weights, so that a constant series stays what it is.

    .. math:: \hat V_t = \frac{V_t}{1 - \beta^t}

    Args:
        x_T: the values, (..., T).
        beta: the share of the average that is kept; in [0, 1).

    Source: Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization", section 3.

    >>> ewma_corrected(torch.tensor([1.0, 2.0]), beta=0.5)  # 0.5 / 0.5, then 1.25 / 0.75
    tensor([1.0000, 1.6667])
    """
    average_T = ewma(x_T, beta=beta)
    if beta == 0:
        return average_T
    # 1 - beta^t without losing digits for a beta near 1.
    time_T = torch.arange(1, x_T.shape[-1] + 1, dtype=torch.float64, device=x_T.device)
    weights_T = -torch.expm1(time_T * math.log(beta))
    return average_T / weights_T.to(average_T.dtype)
