"""Log loss: how surprised the probabilities are by the right answers.

Letters in shapes: N examples, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["log_loss"]


def log_loss(probabilities: Tensor, targets: Tensor) -> Tensor:
    r"""Mean negative log-probability of the right classes, in nats.

    .. math:: -\frac1N \sum_i \log p_{i y_i}

    Args:
        probabilities: (N, K), rows sum to 1.
        targets: (N,) class indices.

    Returns:
        A scalar, shape ``()``.

    Source: Good 1952, "Rational Decisions".

    >>> probabilities = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    >>> log_loss(probabilities, torch.tensor([0, 1, 1]))  # -(log 0.9 + log 0.6 + log 0.3) / 3
    tensor(0.6067)
    """
    check_same_shape("log_loss", probabilities_of_one_class=probabilities[:, 0], targets=targets)
    check_not_empty("log_loss", probabilities=probabilities)
    own = probabilities.gather(1, targets.long().unsqueeze(1))
    # The logarithm of 0 would make one example outweigh all others.
    return -torch.mean(own.double().clamp(min=1e-15).log()).to(probabilities.dtype)
