"""Stochastic gradient descent: a step downhill, with momentum if wished.

Course: GD-01, GD-12, HP-05, HP-07, SCHED-03.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_at_least, check_between
from glasswork.errors import RangeError
from glasswork.optimizers.optimizer import Optimizer, Parameters, can_fuse, decayed, running

__all__ = ["SGD", "sgd_update"]


def sgd_update(
    g: Tensor, b: Tensor, *, lr: float, momentum: float = 0.0, nesterov: bool = False
) -> tuple[Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new momentum.

    .. math:: b \leftarrow \mu b + g, \qquad
              \Delta w = \begin{cases} -\eta\, b & \\ -\eta\,(g + \mu b) & \text{Nesterov} \end{cases}

    Args:
        g: the gradient.
        b: the running sum of gradients, 0 at first.
        lr: the learning rate :math:`\eta`.
        momentum: the share :math:`\mu` of `b` that is kept.
        nesterov: whether to look one momentum step ahead, as far as that can be told from the gradient here.

    >>> step, b = sgd_update(torch.tensor(2.0), torch.tensor(1.0), lr=0.1, momentum=0.5)
    >>> step, b  # b = 0.5 * 1 + 2
    (tensor(-0.2500), tensor(2.5000))
    """
    b = momentum * b + g
    return -lr * (g + momentum * b if nesterov else b), b


class SGD(Optimizer):
    """SGD, on torch's fused kernel; a checkpoint of ``torch.optim.SGD`` fits and the other way round.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        momentum: the share of the last direction that is kept; in [0, 1).
        nesterov: whether the momentum looks ahead; needs a momentum above 0.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Robbins & Monro 1951; momentum: Polyak 1964; Nesterov's in this form: Sutskever et al. 2013.

    Differs from ``torch.optim.SGD`` in having no dampening, and in using the fused kernel by itself.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([weight], lr=0.1)
    >>> (3 * weight).sum().backward()
    >>> optimizer.step()
    >>> weight.detach()  # 1 - 0.1 * 3
    tensor([0.7000])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        who = type(self).__name__
        check_at_least(who, 0, lr=lr, weight_decay=weight_decay)
        check_between(who, 0, 1, include_high=False, momentum=momentum)
        if nesterov and momentum == 0:
            raise RangeError("SGD: nesterov needs momentum > 0, got momentum=0.")
        defaults = {"lr": lr, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay}
        # What torch's class of the same name expects to find in a checkpoint's groups.
        shared = {"dampening": 0, "maximize": False, "foreach": None, "differentiable": False, "fused": None}
        super().__init__(params, {**defaults, **shared})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        momentum, decay, lr = group["momentum"], group["weight_decay"], float(group["lr"])
        nesterov = group["nesterov"]
        # Torch begins with the first gradient itself, which is what mu * 0 + g gives.
        buffers = running(self.state, parameters, "momentum_buffer") if momentum else []
        if can_fuse(parameters, gradients):
            torch._fused_sgd_(
                parameters,
                gradients,
                buffers,
                weight_decay=decay,
                momentum=momentum,
                lr=lr,
                dampening=0.0,
                nesterov=nesterov,
                maximize=False,
                is_first_step=False,
            )
            return
        gradients = decayed(group, parameters, gradients)
        if momentum:
            torch._foreach_mul_(buffers, momentum)
            torch._foreach_add_(buffers, gradients)
            gradients = list(torch._foreach_add(gradients, buffers, alpha=momentum)) if nesterov else buffers
        torch._foreach_add_(parameters, gradients, alpha=-lr)
