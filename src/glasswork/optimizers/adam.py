"""Adam: each weight's step measured by the mean and the spread of its own gradients.

Course: OPT-09, OPT-10, OPT-11, HP-11.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.optimizers.optimizer import Optimizer, Parameters, can_fuse, count_steps, running

__all__ = ["Adam", "adam_update"]


def adam_update(
    g: Tensor, m: Tensor, v: Tensor, t: int, *, lr: float, beta1: float, beta2: float, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new running means.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
              \Delta w = -\eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \qquad
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

    >>> step, m, v = adam_update(torch.tensor(4.0), 0.0, 0.0, 1, lr=0.1, beta1=0.9, beta2=0.999, eps=1e-8)
    >>> step  # the first step has length lr, whatever the gradient
    tensor(-0.1000)
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return -lr * m_hat / (v_hat.sqrt() + eps), m, v


class Adam(Optimizer):
    r"""Adam, on torch's fused kernel; a checkpoint of ``torch.optim.Adam`` fits and the other way round.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        betas: how much of the running means of gradients and of squares is kept; in [0, 1).
        eps: keeps the quotient finite; above 0.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does; `AdamW` keeps it apart.

    Source: Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization".

    Differs from ``torch.optim.Adam`` in having no AMSGrad, and in using the fused kernel by itself.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adam([weight], lr=0.1)
    >>> (3 * weight).sum().backward()
    >>> optimizer.step()
    >>> weight.detach()
    tensor([0.9000])
    """

    _decoupled = False

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        who = type(self).__name__
        check_at_least(who, 0, lr=lr, weight_decay=weight_decay)
        check_between(who, 0, 1, include_high=False, beta1=betas[0], beta2=betas[1])
        check_above(who, 0, eps=eps)
        defaults = {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay}
        # What torch's class of the same name expects to find in a checkpoint's groups.
        shared = {"amsgrad": False, "maximize": False, "foreach": None, "capturable": False, "differentiable": False}
        super().__init__(params, {**defaults, **shared, "fused": None, "decoupled_weight_decay": self._decoupled})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        adam_step(self.state, group, parameters, gradients, decoupled=self._decoupled)


def adam_step(
    state: dict[Tensor, dict[str, Any]],
    group: dict[str, Any],
    parameters: list[Tensor],
    gradients: list[Tensor],
    *,
    decoupled: bool,
) -> None:
    """Move parameters of one device and type by Adam; `decoupled` decays the weights themselves (AdamW)."""
    fused = can_fuse(parameters, gradients)
    steps = count_steps(state, parameters, parameters[0].device if fused else torch.device("cpu"))
    means = running(state, parameters, "exp_avg")
    squares = running(state, parameters, "exp_avg_sq")
    lr, (beta1, beta2), eps, decay = float(group["lr"]), group["betas"], group["eps"], group["weight_decay"]
    if fused:
        kernel = torch._fused_adamw_ if decoupled else torch._fused_adam_
        kernel(
            parameters,
            gradients,
            means,
            squares,
            [],
            steps,
            lr=lr,
            beta1=beta1,
            beta2=beta2,
            weight_decay=decay,
            eps=eps,
            amsgrad=False,
            maximize=False,
        )
        return
    if decay and decoupled:
        torch._foreach_mul_(parameters, 1 - lr * decay)
    elif decay:
        gradients = list(torch._foreach_add(gradients, parameters, alpha=decay))
    for weight, g, m, v, step in zip(parameters, gradients, means, squares, steps, strict=True):
        t = step.item()
        m.lerp_(g, 1 - beta1)
        v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        spread = (v.sqrt() / math.sqrt(1 - beta2**t)).add_(eps)
        weight.addcdiv_(m, spread, value=-lr / (1 - beta1**t))
