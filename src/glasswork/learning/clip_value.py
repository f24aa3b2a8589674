"""Clipping by value: no element of a gradient is larger than a bound.

Course: OPT-13.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from glasswork.checks import check_above

__all__ = ["clip_value", "clip_value_formula"]


def clip_value(gradients: Sequence[Tensor], max_value: float) -> None:
    r"""Cut each element of the gradients, in place, to at most `max_value` in size; the direction may change.

    .. math:: g_i \leftarrow \max(-c, \min(c, g_i))

    Args:
        gradients: of all parameters.
        max_value: the bound :math:`c`; above 0.

    Source: Mikolov 2012, "Statistical Language Models Based on Neural Networks", section 3.2.2.

    Differs from ``torch.nn.utils.clip_grad_value_`` in taking the gradients themselves.

    >>> gradient = torch.tensor([3.0, -4.0, 1.0])
    >>> clip_value([gradient], 2.0)
    >>> gradient
    tensor([ 2., -2.,  1.])
    """
    check_above("clip_value", 0, max_value=max_value)
    if gradients:
        torch._foreach_clamp_min_(list(gradients), -max_value)
        torch._foreach_clamp_max_(list(gradients), max_value)


def clip_value_formula(g: Tensor, max_value: float) -> Tensor:
    """The same for one gradient, in plain operations.

    >>> clip_value_formula(torch.tensor([3.0, -4.0, 1.0]), 2.0)
    tensor([ 2., -2.,  1.])
    """
    bound = torch.full_like(g, max_value)
    return torch.maximum(-bound, torch.minimum(bound, g))
