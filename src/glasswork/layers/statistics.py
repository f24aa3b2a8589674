"""Statistics of columns, in float64 and with missing values left out: mean, deviation and quantiles.

Letters in shapes: N rows, F columns, Q probabilities. Missing is whatever is not finite.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["column_quantiles", "mean_and_deviation"]

ROUNDING = 1e-6  # a deviation below this share of the largest value is what rounding to float32 leaves of a constant


def mean_and_deviation(values_NF: Tensor) -> tuple[Tensor, Tensor]:
    r"""Mean and (population) standard deviation of each column, over its finite values.

    Args:
        values_NF: shape ``(N, F)``, any number type.

    Returns:
        Two float64 tensors of shape ``(F,)``. A column without a finite value gets 0 and 0. A column that varies by
        no more than float32's rounding is constant: its deviation is exactly 0.

    >>> mean_and_deviation(torch.tensor([[1.0, 5.0], [3.0, float("nan")]]))
    (tensor([2., 5.], dtype=torch.float64), tensor([1., 0.], dtype=torch.float64))
    """
    statistics_2F = values_NF.new_zeros(2, values_NF.shape[1], dtype=torch.float64)
    # Column by column: a table of millions of rows is not held a second time in float64.
    for f, column_N in enumerate(values_NF.unbind(1)):
        known_N = column_N[column_N.isfinite()].double()
        if not len(known_N):
            continue
        # Divided by the largest size first: the square of a float64 above 1e154 would be infinite.
        largest = known_N.abs().amax().clamp(min=torch.finfo(torch.float64).tiny)
        scaled_N = known_N / largest
        mean = scaled_N.mean()
        deviation = (scaled_N - mean).square().mean().sqrt()
        statistics_2F[0, f] = mean * largest
        statistics_2F[1, f] = (deviation * largest) if deviation > ROUNDING else 0.0
    return statistics_2F[0], statistics_2F[1]


def column_quantiles(values_NF: Tensor, probabilities_Q: Tensor) -> Tensor:
    """Quantiles of each column over its finite values, linear between neighbours (``numpy.quantile``'s default).

    Args:
        values_NF: shape ``(N, F)``.
        probabilities_Q: shape ``(Q,)``, each in [0, 1].

    Returns:
        A float64 tensor of shape ``(F, Q)``; zeros for a column without a finite value.

    >>> column_quantiles(torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([0.0, 0.5, 0.75])).tolist()
    [[1.0, 2.0, 3.0]]
    """
    probabilities_Q = probabilities_Q.double()
    quantiles_FQ = values_NF.new_zeros(values_NF.shape[1], len(probabilities_Q), dtype=torch.float64)
    # Column by column, not torch.quantile: that refuses more than 16 million elements and has no mask.
    for f, column_N in enumerate(values_NF.unbind(1)):
        known = column_N[column_N.isfinite()].sort().values.double()
        if len(known):
            position_Q = probabilities_Q * (len(known) - 1)
            below_Q = position_Q.floor().long()
            above_Q = (below_Q + 1).clamp(max=len(known) - 1)
            quantiles_FQ[f] = torch.lerp(known[below_Q], known[above_Q], position_Q - below_Q)
    return quantiles_FQ
