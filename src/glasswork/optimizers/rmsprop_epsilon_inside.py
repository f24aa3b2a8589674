"""RMSprop with epsilon under the root, as the course writes it.

Course: OPT-07.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.optimizers.optimizer import Optimizer, Parameters, check_eps, decayed, running

__all__ = ["RMSpropEpsilonInside", "rmsprop_epsilon_inside_update"]


def rmsprop_epsilon_inside_update(g: Tensor, v: Tensor, *, lr: float, beta: float, eps: float) -> tuple[Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new mean of squares.

    .. math:: v \leftarrow \beta v + (1 - \beta) g^2, \qquad \Delta w = -\frac{\eta\, g}{\sqrt{v + \epsilon}}

    Args:
        g: the gradient.
        v: running mean of squared gradients, 0 at first.
        lr: the learning rate :math:`\eta`.
        beta: how much of `v` is kept.
        eps: keeps the quotient finite.

    >>> step, v = rmsprop_epsilon_inside_update(torch.tensor(6.0), torch.tensor(0.0), lr=0.1, beta=0.75, eps=16.0)
    >>> step, v  # v = 36 / 4; -0.1 * 6 / sqrt(9 + 16)
    (tensor(-0.1200), tensor(9.))
    """
    v = beta * v + (1 - beta) * g**2
    return -lr * g / (v + eps).sqrt(), v


class RMSpropEpsilonInside(Optimizer):
    """RMSprop with epsilon under the root.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        beta: how much of the running mean of squares is kept; in [0, 1), usually 0.9 to 0.999.
        eps: keeps the quotient finite; above 0.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Tieleman & Hinton 2012, "Neural Networks for Machine Learning", lecture 6e; epsilon in this place is the
    course's.

    Differs from `RMSprop` where a gradient is about as small as the root of `eps`: 1e-4 here, 1e-8 there.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = RMSpropEpsilonInside([weight], lr=0.1, beta=0.75, eps=16.0)
    >>> weight.grad = torch.tensor([6.0])
    >>> optimizer.step()
    >>> weight.detach()  # 1 - 0.1 * 6 / 5
    tensor([0.8800])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        *,
        beta: float = 0.9,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        check_at_least("RMSpropEpsilonInside", 0, lr=lr, weight_decay=weight_decay)
        check_between("RMSpropEpsilonInside", 0, 1, include_high=False, beta=beta)
        check_above("RMSpropEpsilonInside", 0, eps=eps)
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps, "weight_decay": weight_decay})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        beta, eps = group["beta"], group["eps"]
        check_eps("RMSpropEpsilonInside", eps, parameters)
        gradients = decayed(group, parameters, gradients)
        squares = running(self.state, parameters, "square_avg")
        torch._foreach_mul_(squares, beta)
        torch._foreach_addcmul_(squares, gradients, gradients, value=1 - beta)
        spread = torch._foreach_add(squares, eps)
        torch._foreach_sqrt_(spread)
        torch._foreach_addcdiv_(parameters, gradients, spread, value=-float(group["lr"]))
