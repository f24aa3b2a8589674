"""Positive bias: ReLU units begin a little above 0, so that fewer of them begin silent.

Course: INIT-15, HP-14.
"""

from __future__ import annotations

from torch import Tensor

from glasswork.initializers.constant import constant

__all__ = ["positive_bias"]


def positive_bias(tensor: Tensor, *, value: float = 0.01) -> Tensor:
    r"""Every entry a small positive number: for the biases of layers with ReLU; other layers begin with `zeros`.

    .. math:: b = 0.01

    It helps where sums of inputs are about as small as the bias itself, and hardly anywhere else.

    Args:
        tensor: any shape, filled in place.
        value: the number.

    Returns:
        The tensor itself.

    Source: Krizhevsky, Sutskever & Hinton 2012, "ImageNet Classification with Deep Convolutional Neural Networks",
    section 5, with biases of 1; the smaller value: Goodfellow, Bengio & Courville 2016, section 6.3.1, with 0.1.

    >>> import torch
    >>> positive_bias(torch.empty(2))
    tensor([0.0100, 0.0100])
    """
    return constant(tensor, value=value)
