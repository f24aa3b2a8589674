"""AdaGrad with epsilon under the root, as the course writes it.

Course: OPT-06.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least
from glasswork.optimizers.optimizer import Optimizer, Parameters, check_eps, decayed, running

__all__ = ["AdagradEpsilonInside", "adagrad_epsilon_inside_update"]


def adagrad_epsilon_inside_update(g: Tensor, v: Tensor, *, lr: float, eps: float) -> tuple[Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new sum of squares.

    .. math:: v \leftarrow v + g^2, \qquad \Delta w = -\frac{\eta\, g}{\sqrt{v + \epsilon}}

    Args:
        g: the gradient.
        v: the sum of squared gradients, 0 at first.
        lr: the learning rate :math:`\eta`.
        eps: keeps the quotient finite.

    >>> step, v = adagrad_epsilon_inside_update(torch.tensor(4.0), torch.tensor(0.0), lr=0.1, eps=9.0)
    >>> step, v  # -0.1 * 4 / sqrt(16 + 9)
    (tensor(-0.0800), tensor(16.))
    """
    v = v + g**2
    return -lr * g / (v + eps).sqrt(), v


class AdagradEpsilonInside(Optimizer):
    """AdaGrad with epsilon under the root.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        eps: keeps the quotient finite; above 0.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Duchi, Hazan & Singer 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization";
    epsilon in this place is the course's.

    Differs from `Adagrad` where a gradient is about as small as the root of `eps`: 1e-4 here, 1e-10 there.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = AdagradEpsilonInside([weight], lr=0.1, eps=9.0)
    >>> weight.grad = torch.tensor([4.0])
    >>> optimizer.step()
    >>> weight.detach()  # 1 - 0.1 * 4 / 5
    tensor([0.9200])
    """

    def __init__(self, params: Parameters, lr: float = 1e-2, *, eps: float = 1e-8, weight_decay: float = 0.0) -> None:
        check_at_least("AdagradEpsilonInside", 0, lr=lr, weight_decay=weight_decay)
        check_above("AdagradEpsilonInside", 0, eps=eps)
        super().__init__(params, {"lr": lr, "eps": eps, "weight_decay": weight_decay})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        eps = group["eps"]
        check_eps("AdagradEpsilonInside", eps, parameters)
        gradients = decayed(group, parameters, gradients)
        sums = running(self.state, parameters, "sum")
        torch._foreach_addcmul_(sums, gradients, gradients)
        spread = torch._foreach_add(sums, eps)
        torch._foreach_sqrt_(spread)
        torch._foreach_addcdiv_(parameters, gradients, spread, value=-float(group["lr"]))
