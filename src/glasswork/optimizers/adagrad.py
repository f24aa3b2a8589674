"""AdaGrad: the rate of each weight falls with all the gradients that it has seen.

Course: OPT-06, HP-07.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least
from glasswork.optimizers.optimizer import (
    Optimizer,
    Parameters,
    can_fuse,
    check_eps,
    count_steps,
    decayed,
    running,
)

__all__ = ["Adagrad", "adagrad_update"]


def adagrad_update(
    g: Tensor, v: Tensor, t: int, *, lr: float, eps: float, lr_decay: float = 0.0
) -> tuple[Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new sum of squares.

    .. math:: v \leftarrow v + g^2, \qquad
              \Delta w = -\frac{\eta}{1 + (t - 1) \lambda}\, \frac{g}{\sqrt v + \epsilon}

    Args:
        g: the gradient.
        v: the sum of squared gradients, 0 at first.
        t: which step this is, from 1.
        lr: the learning rate :math:`\eta`.
        eps: keeps the quotient finite.
        lr_decay: how fast the learning rate falls by itself, :math:`\lambda`.

    >>> step, v = adagrad_update(torch.tensor(4.0), torch.tensor(9.0), 2, lr=0.1, eps=1e-10)
    >>> step, v  # -0.1 * 4 / sqrt(9 + 16)
    (tensor(-0.0800), tensor(25.))
    """
    v = v + g**2
    return -lr / (1 + (t - 1) * lr_decay) * g / (v.sqrt() + eps), v


class Adagrad(Optimizer):
    """AdaGrad, on torch's fused kernel; a checkpoint of ``torch.optim.Adagrad`` fits and the other way round.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        lr_decay: how fast the learning rate falls by itself; at least 0.
        eps: keeps the quotient finite; above 0.
        initial_accumulator_value: the sum of squares at first; at least 0.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Duchi, Hazan & Singer 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization".

    Differs from ``torch.optim.Adagrad`` in using the fused kernel by itself, and in refusing sparse gradients.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adagrad([weight], lr=0.1)
    >>> for gradient in (3.0, 4.0):
    ...     weight.grad = torch.tensor([gradient])
    ...     optimizer.step()
    >>> weight.detach()  # 1 - 0.1 * 3 / 3 - 0.1 * 4 / 5
    tensor([0.8200])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        *,
        lr_decay: float = 0.0,
        eps: float = 1e-10,
        initial_accumulator_value: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        first = initial_accumulator_value
        check_at_least(
            "Adagrad", 0, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=first
        )
        check_above("Adagrad", 0, eps=eps)
        defaults = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        # What torch's class of the same name expects to find in a checkpoint's groups.
        shared = {"maximize": False, "foreach": None, "differentiable": False, "fused": None}
        super().__init__(params, {**defaults, "initial_accumulator_value": first, **shared})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        lr, lr_decay, eps, decay = float(group["lr"]), group["lr_decay"], group["eps"], group["weight_decay"]
        fused = _has_kernel(parameters[0].device.type) and can_fuse(parameters, gradients)
        steps = count_steps(self.state, parameters, parameters[0].device if fused else torch.device("cpu"))
        sums = running(self.state, parameters, "sum", group["initial_accumulator_value"])
        if fused:
            torch._fused_adagrad_(
                parameters,
                gradients,
                sums,
                steps,
                lr=lr,
                lr_decay=lr_decay,
                weight_decay=decay,
                eps=eps,
                maximize=False,
            )
            return
        check_eps("Adagrad", eps, parameters)
        gradients = decayed(group, parameters, gradients)
        torch._foreach_addcmul_(sums, gradients, gradients)
        spread = torch._foreach_sqrt(sums)
        torch._foreach_add_(spread, eps)
        rates = [-lr / (1 + (step.item() - 1) * lr_decay) for step in steps]
        torch._foreach_addcdiv_(parameters, gradients, spread, rates)


def _has_kernel(device: str) -> bool:
    """Whether this build of torch has AdaGrad's fused kernel for a kind of device; on GPUs only newer ones do."""
    if device == "cpu":
        return True
    return torch._C._dispatch_has_kernel_for_dispatch_key("aten::_fused_adagrad_", device.upper())
