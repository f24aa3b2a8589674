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
    values_NF = values_NF.double()
    finite_NF = values_NF.isfinite()
    count_F = finite_NF.sum(0).clamp(min=1)
    known_NF = values_NF.where(finite_NF, 0.0)
    # Divided by the largest size first: the square of a float64 above 1e154 would be infinite.
    largest_F = known_NF.abs().amax(0).clamp(min=torch.finfo(torch.float64).tiny) if len(known_NF) else count_F * 1.0
    mean_F = (known_NF / largest_F).sum(0) / count_F
    squares_F = ((known_NF / largest_F - mean_F).square() * finite_NF).sum(0)
    deviation_F = (squares_F / count_F).sqrt()
    return mean_F * largest_F, (deviation_F * largest_F).where(deviation_F > ROUNDING, 0.0)


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
    values_NF, probabilities_Q = values_NF.double(), probabilities_Q.double()
    quantiles_FQ = values_NF.new_zeros(values_NF.shape[1], len(probabilities_Q))
    # Column by column, not torch.quantile: that refuses more than 16 million elements and has no mask.
    for f, column_N in enumerate(values_NF.unbind(1)):
        known, _ = column_N[column_N.isfinite()].sort()
        if len(known):
            position_Q = probabilities_Q * (len(known) - 1)
            below_Q = position_Q.floor().long()
            above_Q = (below_Q + 1).clamp(max=len(known) - 1)
            quantiles_FQ[f] = torch.lerp(known[below_Q], known[above_Q], position_Q - below_Q)
    return quantiles_FQ
