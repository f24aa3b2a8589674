"""Receptive field: how many places of the input one unit sees, by depth.

Nothing here needs torch.

Course: CNN-06, CNN-13, CNN-22.
Source: Araujo, Norris & Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from glasswork.checks import check_at_least
from glasswork.errors import ShapeError
from glasswork.layers.worked_number import WorkedNumber

__all__ = ["receptive_field"]


def receptive_field(layers: Iterable[Sequence[int]]) -> list[WorkedNumber]:
    r"""Return, for each depth, how many neighbouring places of the input reach one unit, along one side.

    .. math:: r_l = r_{l-1} + d_l\,(m_l - 1) \prod_{i<l} s_i, \qquad r_0 = 1

    Args:
        layers: from the input on, ``(kernel, stride)`` or ``(kernel, stride, dilation)`` of each convolution or
            pooling; a lone ``(kernel,)`` has stride 1.

    >>> [size.working for size in receptive_field([(3,), (3,), (2, 2), (3,)])]
    ['1 + 1*(3-1)*1 = 3', '3 + 1*(3-1)*1 = 5', '5 + 1*(2-1)*1 = 6', '6 + 1*(3-1)*2 = 10']
    """
    seen, step, found = 1, 1, []
    for layer in layers:
        if not 1 <= len(layer) <= 3:
            raise ShapeError(
                f"receptive_field: each layer is (kernel, stride, dilation), the last two if not 1; got {tuple(layer)}."
            )
        kernel, stride, dilation = (*layer, *(1, 1, 1)[len(layer) :])
        check_at_least("receptive_field", 1, kernel=kernel, stride=stride, dilation=dilation)
        found.append(WorkedNumber(seen + dilation * (kernel - 1) * step, f"{seen} + {dilation}*({kernel}-1)*{step}"))
        seen, step = int(found[-1]), step * stride
    return found
