"""RMSprop: AdaGrad that forgets, so that the rate does not fall to nothing.

Course: OPT-07, HP-07, HP-10.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.optimizers.optimizer import Optimizer, Parameters, check_eps, count_steps, decayed, running

__all__ = ["RMSprop", "rmsprop_update"]


def rmsprop_update(
    g: Tensor, v: Tensor, b: Tensor, *, lr: float, alpha: float, eps: float, momentum: float = 0.0
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Return the step to add to the weights, the new mean of squares, and the new momentum.

    .. math:: v \leftarrow \alpha v + (1 - \alpha) g^2, \qquad
              b \leftarrow \mu b + \frac{g}{\sqrt v + \epsilon}, \qquad \Delta w = -\eta\, b

    Args:
        g: the gradient.
        v: running mean of squared gradients, 0 at first.
        b: the momentum, 0 at first.
        lr: the learning rate :math:`\eta`.
        alpha: how much of `v` is kept.
        eps: keeps the quotient finite.
        momentum: the share :math:`\mu` of `b` that is kept; 0 is the method as it was published.

    >>> g, zero = torch.tensor(6.0), torch.tensor(0.0)
    >>> step, v, _ = rmsprop_update(g, zero, zero, lr=0.1, alpha=0.75, eps=1e-8)
    >>> step, v  # v = 36 / 4; -0.1 * 6 / 3
    (tensor(-0.2000), tensor(9.))
    """
    v = alpha * v + (1 - alpha) * g**2
    b = momentum * b + g / (v.sqrt() + eps)
    return -lr * b, v, b


class RMSprop(Optimizer):
    """RMSprop; a checkpoint of ``torch.optim.RMSprop`` fits and the other way round.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        alpha: how much of the running mean of squares is kept; in [0, 1), usually 0.9 to 0.999.
        eps: keeps the quotient finite; above 0.
        momentum: the share of the last direction that is kept; in [0, 1).
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Tieleman & Hinton 2012, "Neural Networks for Machine Learning", lecture 6e.

    Differs from ``torch.optim.RMSprop`` in having no centred variant.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = RMSprop([weight], lr=0.1, alpha=0.75)
    >>> weight.grad = torch.tensor([6.0])
    >>> optimizer.step()
    >>> weight.detach()  # 1 - 0.1 * 6 / 3
    tensor([0.8000])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        check_at_least("RMSprop", 0, lr=lr, weight_decay=weight_decay)
        check_between("RMSprop", 0, 1, include_high=False, alpha=alpha, momentum=momentum)
        check_above("RMSprop", 0, eps=eps)
        defaults = {"lr": lr, "alpha": alpha, "eps": eps, "momentum": momentum, "weight_decay": weight_decay}
        # What torch's class of the same name expects to find in a checkpoint's groups.
        shared = {"centered": False, "maximize": False, "foreach": None, "capturable": False, "differentiable": False}
        super().__init__(params, {**defaults, **shared})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        lr, alpha, eps, momentum = float(group["lr"]), group["alpha"], group["eps"], group["momentum"]
        check_eps("RMSprop", eps, parameters)
        gradients = decayed(group, parameters, gradients)
        count_steps(self.state, parameters)  # torch's class keeps count, so a checkpoint must
        squares = running(self.state, parameters, "square_avg")
        torch._foreach_mul_(squares, alpha)
        torch._foreach_addcmul_(squares, gradients, gradients, value=1 - alpha)
        spread = torch._foreach_sqrt(squares)
        torch._foreach_add_(spread, eps)
        if not momentum:
            torch._foreach_addcdiv_(parameters, gradients, spread, value=-lr)
            return
        buffers = running(self.state, parameters, "momentum_buffer")
        torch._foreach_mul_(buffers, momentum)
        torch._foreach_addcdiv_(buffers, gradients, spread)
        torch._foreach_add_(parameters, buffers, alpha=-lr)
