"""Clipping by norm: a gradient that is too long is made shorter, in the same direction.

Course: OPT-13, GD-16.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from glasswork.checks import check_above

__all__ = ["clip_norm", "clip_norm_formula", "norm_of"]


def clip_norm(gradients: Sequence[Tensor], max_norm: float, *, norm: Tensor | None = None) -> Tensor:
    r"""Scale gradients, in place and all alike, so that their common Euclidean norm is at most `max_norm`.

    .. math:: g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert}\right)

    Args:
        gradients: of all parameters, as one long vector.
        max_norm: the bound :math:`c`; above 0.
        norm: their norm, where it is already known.

    Returns:
        The norm before clipping, 0-d.

    Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training Recurrent Neural Networks", section 3.2.

    Differs from ``torch.nn.utils.clip_grad_norm_`` in taking the gradients themselves, and in not adding 1e-6 to the
    norm: a quotient by 0 is infinite here, and the smaller of it and 1 is 1.

    >>> gradients = [torch.tensor([3.0]), torch.tensor([4.0])]
    >>> clip_norm(gradients, 1.0), gradients
    (tensor(5.), [tensor([0.6000]), tensor([0.8000])])
    """
    check_above("clip_norm", 0, max_norm=max_norm)
    if norm is None:
        norm = norm_of(gradients)
    if gradients:
        torch._foreach_mul_(list(gradients), (max_norm / norm).clamp(max=1.0))
    return norm


def clip_norm_formula(g: Tensor, max_norm: float) -> Tensor:
    """The same for one gradient, in plain operations.

    >>> clip_norm_formula(torch.tensor([3.0, 4.0]), 1.0)
    tensor([0.6000, 0.8000])
    """
    length = float((g**2).sum().sqrt())
    return g * min(1.0, max_norm / length) if length else g


def norm_of(gradients: Sequence[Tensor]) -> Tensor:
    """Return the Euclidean norm of all gradients as one vector, 0-d; 0 of none.

    >>> norm_of([torch.tensor([3.0]), torch.tensor([4.0])])
    tensor(5.)
    """
    dense = [g.coalesce().values() if g.is_sparse else g for g in gradients]
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(dense))) if dense else torch.zeros(())
