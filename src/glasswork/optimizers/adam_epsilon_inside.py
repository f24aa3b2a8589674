"""Adam with epsilon under the root, as the course writes it.

Course: OPT-09, HP-11.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.optimizers.optimizer import Optimizer, Parameters, check_eps, count_steps, decayed, running

__all__ = ["AdamEpsilonInside", "adam_epsilon_inside_update"]


def adam_epsilon_inside_update(
    g: Tensor, m: Tensor, v: Tensor, t: int, *, lr: float, beta1: float, beta2: float, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new running means.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
              \Delta w = -\eta\, \frac{\hat m}{\sqrt{\hat v + \epsilon}}, \qquad
              \hat m = \frac{m}{1 - \beta_1^t},\ \hat v = \frac{v}{1 - \beta_2^t}

    Args:
        g: the gradient.
        m: running mean of the gradients, 0 at first.
        v: running mean of their squares, 0 at first.
        t: which step this is, from 1.
        lr: the learning rate :math:`\eta`.
        beta1: how much of `m` is kept.
        beta2: how much of `v` is kept.
        eps: keeps the quotient finite.

    >>> g, zero = torch.tensor(4.0), torch.tensor(0.0)
    >>> step, m, v = adam_epsilon_inside_update(g, zero, zero, 1, lr=0.1, beta1=0.5, beta2=0.75, eps=9.0)
    >>> step, m, v  # -0.1 * 4 / sqrt(16 + 9)
    (tensor(-0.0800), tensor(2.), tensor(4.))
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return -lr * m_hat / (v_hat + eps).sqrt(), m, v


class AdamEpsilonInside(Optimizer):
    """Adam with epsilon under the root, and the course's betas.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        betas: how much of the running means of gradients and of squares is kept; in [0, 1).
        eps: keeps the quotient finite; above 0.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization"; epsilon in this place and a second beta of
    0.99 are the course's.

    Differs from `Adam` in the second beta, 0.999 there, and where a gradient is about as small as the root of `eps`:
    1e-4 here, 1e-8 there.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = AdamEpsilonInside([weight], lr=0.1, eps=9.0)
    >>> weight.grad = torch.tensor([4.0])
    >>> optimizer.step()
    >>> weight.detach()  # 1 - 0.1 * 4 / 5
    tensor([0.9200])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        check_at_least("AdamEpsilonInside", 0, lr=lr, weight_decay=weight_decay)
        check_between("AdamEpsilonInside", 0, 1, include_high=False, beta1=betas[0], beta2=betas[1])
        check_above("AdamEpsilonInside", 0, eps=eps)
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        lr, (beta1, beta2), eps = float(group["lr"]), group["betas"], group["eps"]
        check_eps("AdamEpsilonInside", eps, parameters)
        gradients = decayed(group, parameters, gradients)
        times = [step.item() for step in count_steps(self.state, parameters)]
        means = running(self.state, parameters, "exp_avg")
        squares = running(self.state, parameters, "exp_avg_sq")
        torch._foreach_lerp_(means, gradients, 1 - beta1)
        torch._foreach_mul_(squares, beta2)
        torch._foreach_addcmul_(squares, gradients, gradients, value=1 - beta2)
        spread = torch._foreach_div(squares, [1 - beta2**t for t in times])
        torch._foreach_add_(spread, eps)
        torch._foreach_sqrt_(spread)
        torch._foreach_addcdiv_(parameters, means, spread, [-lr / (1 - beta1**t) for t in times])
