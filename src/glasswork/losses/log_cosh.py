"""Log-cosh loss: a Huber loss without a seam.

Course: LOSS-06.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.losses.loss import check_loss, reduced

__all__ = ["LogCosh", "log_cosh", "log_cosh_formula"]

_LOG_2 = math.log(2)


def log_cosh(predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean") -> Tensor:
    r"""Mean log-cosh loss: about :math:`e^2/2` for small errors, about :math:`|e| - \log 2` for large ones.

    With :math:`e = \text{prediction} - \text{target}`, averaged over all elements:

    .. math:: \ell(e) = \log \cosh e

    Derivative:

    .. math:: \ell'(e) = \tanh e

    so that no error pulls with more than force 1.

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: none; targets should be numbers around 1.

    Source: Green 1990, "Bayesian Reconstructions from Emission Tomography Data Using a Modified EM Algorithm".

    >>> log_cosh(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))  # (0.4338 + 2.3093) / 2
    tensor(1.3716)
    """
    check_loss("log_cosh", reduction, predictions=predictions, targets=targets)
    error = predictions - targets
    # log((e^x + e^-x) / 2) = x + log(1 + e^-2x) - log 2; softplus goes over to its straight line where float64 ends.
    return reduced("log_cosh", functional.softplus(-2 * error, threshold=40.0) + error - _LOG_2, reduction, weights)


def log_cosh_formula(predictions: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> log_cosh_formula(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    tensor(1.3716)
    """
    error = predictions - targets
    # cosh itself leaves float32 at e = 89; log((e^x + e^-x) / 2) does not, taken as one operation.
    return (torch.logaddexp(error, -error) - _LOG_2).mean()


class LogCosh(nn.Module):
    """`log_cosh` as a module.

    >>> LogCosh()(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    tensor(1.3716)
    """

    def forward(self, predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return log_cosh(predictions, targets, weights=weights)
