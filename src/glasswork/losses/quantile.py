"""Quantile loss: too low costs `tau` a unit, too high the rest; its best constant is the `tau`-quantile.

Also called: pinball loss, pinball.

Course: LOSS-07.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_above, check_between
from glasswork.losses.loss import check_loss, reduced

__all__ = ["Quantile", "quantile", "quantile_formula"]


def quantile(
    predictions: Tensor,
    targets: Tensor,
    *,
    tau: float = 0.5,
    weights: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Mean quantile loss, so that a share `tau` of the targets ends up below the prediction.

    With :math:`r = \text{target} - \text{prediction}`, averaged over all elements:

    .. math:: \ell(r) = \max(\tau\,r, (\tau - 1)\,r)

    Derivative:

    .. math:: \frac{\partial \ell}{\partial \hat y} = \begin{cases} -\tau & \hat y < y \\
              1 - \tau & \hat y \ge y \end{cases}

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.
        tau: which quantile, above 0 and below 1; 0.5 is the median, and half the absolute error.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: the target's own.

    Source: Koenker & Bassett 1978, "Regression Quantiles".

    >>> quantile(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 2.0]), tau=0.75)  # (0.75 * 1 + 0.25 * 1) / 2
    tensor(0.5000)
    """
    check_above("quantile", 0, tau=tau)
    check_between("quantile", 0, 1, include_high=False, tau=tau)
    check_loss("quantile", reduction, predictions=predictions, targets=targets)
    # tau * max(r, (1 - 1/tau) r): one pass over memory on the kernel of a leaky ReLU, whose slope here is below 0.
    return tau * reduced("quantile", functional.leaky_relu(targets - predictions, 1 - 1 / tau), reduction, weights)


def quantile_formula(predictions: Tensor, targets: Tensor, *, tau: float = 0.5) -> Tensor:
    """The same in plain operations.

    >>> quantile_formula(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 2.0]), tau=0.75)
    tensor(0.5000)
    """
    rest = targets - predictions
    return torch.where(rest > 0, tau * rest, (tau - 1) * rest).mean()


class Quantile(nn.Module):
    """`quantile` that remembers its `tau`.

    >>> Quantile(tau=0.9)(torch.tensor([1.0]), torch.tensor([3.0]))  # 0.9 * 2
    tensor(1.8000)
    """

    def __init__(self, *, tau: float = 0.5) -> None:
        super().__init__()
        check_above("Quantile", 0, tau=tau)
        check_between("Quantile", 0, 1, include_high=False, tau=tau)
        self.tau = tau

    def forward(self, predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return quantile(predictions, targets, tau=self.tau, weights=weights)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"tau={self.tau}"
