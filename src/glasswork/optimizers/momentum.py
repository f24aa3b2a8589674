"""Momentum: a ball that keeps a share of its last step.

Course: OPT-03, HP-09.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_at_least, check_between
from glasswork.optimizers.optimizer import Optimizer, Parameters, decayed, running

__all__ = ["Momentum", "momentum_update"]


def momentum_update(g: Tensor, v: Tensor, *, lr: float, momentum: float = 0.9) -> tuple[Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new velocity.

    .. math:: v \leftarrow \beta v + \eta g, \qquad \Delta w = -v

    Args:
        g: the gradient.
        v: the velocity, 0 at first.
        lr: the learning rate :math:`\eta`.
        momentum: the share :math:`\beta` of the velocity that is kept.

    >>> step, v = momentum_update(torch.tensor(2.0), torch.tensor(1.0), lr=0.1, momentum=0.5)
    >>> step, v  # v = 0.5 * 1 + 0.1 * 2
    (tensor(-0.7000), tensor(0.7000))
    """
    v = momentum * v + lr * g
    return -v, v


class Momentum(Optimizer):
    """Gradient descent with momentum, in the form whose velocity is made of steps already taken.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        momentum: the share of the velocity that is kept; in [0, 1). 0 is plain gradient descent.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Polyak 1964; in this form Sutskever et al. 2013, "On the importance of initialization and momentum in deep
    learning", equations 1 and 2.

    Differs from `SGD` and ``torch.optim.SGD`` once the learning rate changes: theirs keeps a sum of gradients and
    multiplies all of it by the rate of today, here each gradient keeps the rate of its own day.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Momentum([weight], lr=0.1)
    >>> for _ in range(2):
    ...     weight.grad = 2 * weight.detach()
    ...     optimizer.step()
    >>> weight.detach()  # v = 0.2, then 0.9 * 0.2 + 0.1 * 1.6 = 0.34
    tensor([0.4600])
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-2, *, momentum: float = 0.9, weight_decay: float = 0.0
    ) -> None:
        check_at_least("Momentum", 0, lr=lr, weight_decay=weight_decay)
        check_between("Momentum", 0, 1, include_high=False, momentum=momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        gradients = decayed(group, parameters, gradients)
        velocities = running(self.state, parameters, "velocity")
        torch._foreach_mul_(velocities, group["momentum"])
        torch._foreach_add_(velocities, gradients, alpha=float(group["lr"]))
        torch._foreach_sub_(parameters, velocities)
