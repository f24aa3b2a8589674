"""Adaptive gains: each weight has a factor of its own, which grows while its gradient keeps its sign.

Course: OPT-05.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.optimizers.optimizer import Optimizer, Parameters, decayed, running

__all__ = ["AdaptiveGains", "adaptive_gains_update"]


def adaptive_gains_update(
    g: Tensor, gain: Tensor, sign: Tensor, *, lr: float, beta: float = 0.05
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Return the step to add to the weights, the new gains, and the signs to compare with next time.

    .. math:: c \leftarrow \begin{cases} c + \beta & g_t\, g_{t-1} > 0 \\ c\,(1 - \beta) & g_t\, g_{t-1} < 0 \\
              c & g_t\, g_{t-1} = 0 \end{cases}, \qquad \Delta w = -\eta\, c\, g_t

    Args:
        g: the gradient.
        gain: the gains :math:`c`, 1 at first.
        sign: the sign of the gradient before, 0 at first.
        lr: the learning rate :math:`\eta`.
        beta: what is added, and the share that is taken away.

    >>> g, gain, sign = torch.tensor([2.0, 2.0]), torch.ones(2), torch.tensor([1.0, -1.0])
    >>> step, gain, sign = adaptive_gains_update(g, gain, sign, lr=0.1, beta=0.5)
    >>> gain, step
    (tensor([1.5000, 0.5000]), tensor([-0.3000, -0.1000]))
    """
    agree = g.sign() * sign
    gain = torch.where(agree > 0, gain + beta, torch.where(agree < 0, gain * (1 - beta), gain))
    return -lr * gain * g, gain, g.sign()


class AdaptiveGains(Optimizer):
    """Gradient descent in which each weight's gain grows by addition and shrinks by multiplication.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        beta: what is added to a gain while its gradient keeps its sign, and the share taken away when it turns; in
            (0, 1).
        limits: the smallest and the largest gain; the smallest above 0.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Jacobs 1988, "Increased rates of convergence through learning rate adaptation"; comparing with the last
    gradient, and the limits: Hinton 2012, "Neural Networks for Machine Learning", lecture 6d.

    Differs from Jacobs's delta-bar-delta, which compares with a running mean of gradients.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = AdaptiveGains([weight], lr=0.1, beta=0.5)
    >>> for gradient in (1.0, 2.0):
    ...     weight.grad = torch.tensor([gradient])
    ...     optimizer.step()
    >>> weight.detach()  # 1 - 0.1 * 1 * 1 - 0.1 * 1.5 * 2
    tensor([0.6000])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        *,
        beta: float = 0.05,
        limits: tuple[float, float] = (0.01, 100.0),
        weight_decay: float = 0.0,
    ) -> None:
        check_at_least("AdaptiveGains", 0, lr=lr, weight_decay=weight_decay)
        check_between("AdaptiveGains", 0, 1, include_high=False, beta=beta)
        check_above("AdaptiveGains", 0, beta=beta, smallest=limits[0])
        check_at_least("AdaptiveGains", limits[0], largest=limits[1])
        super().__init__(params, {"lr": lr, "beta": beta, "limits": tuple(limits), "weight_decay": weight_decay})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        beta, (smallest, largest) = group["beta"], group["limits"]
        gradients = decayed(group, parameters, gradients)
        gains = running(self.state, parameters, "gain", 1.0)
        before = running(self.state, parameters, "sign")
        signs = torch._foreach_sign(gradients)  # of each, as the product of two small gradients may round to 0
        torch._foreach_mul_(before, signs)  # 1 where the sign was kept, -1 where it turned
        grown = torch._foreach_clamp_min(before, 0.0)
        torch._foreach_clamp_max_(before, 0.0)
        torch._foreach_addcmul_(gains, gains, before, value=beta)
        torch._foreach_add_(gains, grown, alpha=beta)
        torch._foreach_clamp_min_(gains, smallest)
        torch._foreach_clamp_max_(gains, largest)
        torch._foreach_addcmul_(parameters, gains, gradients, value=-float(group["lr"]))
        torch._foreach_copy_(before, signs)
