"""AdaDelta: steps measured by the steps before, so that no learning rate is needed.

Course: OPT-08.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.optimizers.optimizer import Optimizer, Parameters, check_eps, count_steps, decayed, running

__all__ = ["Adadelta", "adadelta_update"]


def adadelta_update(
    g: Tensor, v: Tensor, u: Tensor, *, lr: float = 1.0, rho: float, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new mean squares of gradients and of steps.

    .. math:: v \leftarrow \rho v + (1 - \rho) g^2, \qquad
              d = \frac{\sqrt{u + \epsilon}}{\sqrt{v + \epsilon}}\, g, \qquad
              u \leftarrow \rho u + (1 - \rho) d^2, \qquad \Delta w = -\eta\, d

    Args:
        g: the gradient.
        v: running mean of squared gradients, 0 at first.
        u: running mean of squared steps, 0 at first.
        lr: a factor :math:`\eta` of the step; 1 in the paper.
        rho: how much of the running means is kept.
        eps: gets the first step going, and keeps the quotient finite.

    >>> zero = torch.tensor(0.0)
    >>> step, v, u = adadelta_update(torch.tensor(4.0), zero, zero, rho=0.5, eps=1.0)
    >>> step, v, u  # d = sqrt(1) / sqrt(8 + 1) * 4 = 4/3
    (tensor(-1.3333), tensor(8.), tensor(0.8889))
    """
    v = rho * v + (1 - rho) * g**2
    d = (u + eps).sqrt() / (v + eps).sqrt() * g
    u = rho * u + (1 - rho) * d**2
    return -lr * d, v, u


class Adadelta(Optimizer):
    """AdaDelta; a checkpoint of ``torch.optim.Adadelta`` fits and the other way round.

    Args:
        params: what to optimise.
        lr: a factor of the step; at least 0, and 1 in the paper.
        rho: how much of the running means is kept; in [0, 1).
        eps: gets the first step going, and keeps the quotient finite; above 0.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Zeiler 2012, "ADADELTA: An Adaptive Learning Rate Method".

    >>> weight = torch.tensor([2.0], requires_grad=True)
    >>> optimizer = Adadelta([weight], rho=0.5, eps=1.0)
    >>> weight.grad = torch.tensor([4.0])
    >>> optimizer.step()
    >>> weight.detach()  # 2 - 1/3 * 4
    tensor([0.6667])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1.0,
        *,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        check_at_least("Adadelta", 0, lr=lr, weight_decay=weight_decay)
        check_between("Adadelta", 0, 1, include_high=False, rho=rho)
        check_above("Adadelta", 0, eps=eps)
        defaults = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay}
        # What torch's class of the same name expects to find in a checkpoint's groups.
        shared = {"maximize": False, "foreach": None, "capturable": False, "differentiable": False}
        super().__init__(params, {**defaults, **shared})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        rho, eps = group["rho"], group["eps"]
        check_eps("Adadelta", eps, parameters)
        gradients = decayed(group, parameters, gradients)
        count_steps(self.state, parameters)  # torch's class keeps count, so a checkpoint must
        squares = running(self.state, parameters, "square_avg")
        moved = running(self.state, parameters, "acc_delta")
        torch._foreach_mul_(squares, rho)
        torch._foreach_addcmul_(squares, gradients, gradients, value=1 - rho)
        spread = torch._foreach_add(squares, eps)
        torch._foreach_sqrt_(spread)
        steps = torch._foreach_add(moved, eps)
        torch._foreach_sqrt_(steps)
        torch._foreach_div_(steps, spread)
        torch._foreach_mul_(steps, gradients)
        torch._foreach_mul_(moved, rho)
        torch._foreach_addcmul_(moved, steps, steps, value=1 - rho)
        torch._foreach_add_(parameters, steps, alpha=-float(group["lr"]))
