"""Log-cosh loss: a Huber loss without a seam."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["LogCosh", "log_cosh"]


def log_cosh(predictions: Tensor, targets: Tensor) -> Tensor:
    r"""Mean log-cosh loss: about :math:`e^2/2` for small errors, about :math:`|e| - \log 2` for large ones.

    With :math:`e = \text{prediction} - \text{target}`, averaged over all elements:

    .. math:: \ell(e) = \log \cosh e

    The slope is :math:`\tanh e`, so that no error pulls with more than force 1.

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.

    Returns:
        A scalar, shape ``()``.

    Source: Green 1990, "Bayesian Reconstructions from Emission Tomography Data Using a Modified EM Algorithm".

    >>> log_cosh(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))  # (0.4338 + 2.3093) / 2
    tensor(1.3716)
    """
    check_same_shape("log_cosh", predictions=predictions, targets=targets)
    check_not_empty("log_cosh", predictions=predictions)
    error = predictions - targets
    # cosh itself leaves float32 at e = 89; log((e^x + e^-x) / 2) does not, taken as one operation.
    return (torch.logaddexp(error, -error) - math.log(2)).mean()


class LogCosh(nn.Module):
    """`log_cosh` as a module.

    >>> LogCosh()(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    tensor(1.3716)
    """

    def forward(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss."""
        return log_cosh(predictions, targets)
