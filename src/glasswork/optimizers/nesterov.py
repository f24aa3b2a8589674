"""Nesterov's accelerated gradient: momentum that measures the slope where it is about to land.

Course: OPT-04.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_at_least, check_between
from glasswork.optimizers.optimizer import Optimizer, Parameters, decayed, running

__all__ = ["Nesterov", "nesterov_update"]


def nesterov_update(g: Tensor, v: Tensor, *, lr: float, momentum: float = 0.9) -> tuple[Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new velocity; the gradient is that of the look-ahead point.

    .. math:: v \leftarrow \beta v + \eta \nabla L(w - \beta v), \qquad \Delta w = -v

    Args:
        g: the gradient at the look-ahead point :math:`w - \beta v`.
        v: the velocity, 0 at first.
        lr: the learning rate :math:`\eta`.
        momentum: the share :math:`\beta` of the velocity that is kept.

    >>> w, v = torch.tensor(0.8), torch.tensor(0.2)
    >>> ahead = w - 0.9 * v  # 0.62
    >>> step, v = nesterov_update(2 * ahead, v, lr=0.1, momentum=0.9)
    >>> w + step  # 0.8 - (0.9 * 0.2 + 0.1 * 1.24)
    tensor(0.4960)
    """
    v = momentum * v + lr * g
    return -v, v


class Nesterov(Optimizer):
    r"""Nesterov's accelerated gradient in the look-ahead form.

    The gradient is wanted at :math:`w - \beta v`, so that is where the parameters are kept between steps: then the
    ordinary loop ``loss.backward(); optimizer.step()`` takes the gradient at the right point, with a closure or
    without. The weights :math:`w` themselves are :math:`\beta v` away, and ``with optimizer.landed():`` puts them into
    the parameters while a network is judged or exported. A checkpoint holds the look-ahead point and the velocity, and
    goes on to the same bits. From one look-ahead point :math:`a` to the next:

    .. math:: v \leftarrow \beta v + \eta \nabla L(a), \qquad a \leftarrow a - \eta \nabla L(a) - \beta v

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        momentum: the share of the velocity that is kept; in [0, 1). 0 is plain gradient descent.
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Nesterov 1983; in this form Sutskever et al. 2013, "On the importance of initialization and momentum in deep
    learning", equations 3 and 4.

    Differs from `NesterovTorch` and ``torch.optim.SGD(nesterov=True)`` once the learning rate changes, as `Momentum`
    does from `SGD`; at a constant rate both walk along the same look-ahead points.

    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Nesterov([weight], lr=0.1)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (weight**2).sum().backward()
    ...     optimizer.step()
    >>> with optimizer.landed():
    ...     weight.detach().clone()
    tensor([0.4960])
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-2, *, momentum: float = 0.9, weight_decay: float = 0.0
    ) -> None:
        check_at_least("Nesterov", 0, lr=lr, weight_decay=weight_decay)
        check_between("Nesterov", 0, 1, include_high=False, momentum=momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @contextmanager
    def landed(self) -> Iterator[None]:
        """Put the weights themselves into the parameters; afterwards the look-ahead point is back, bit for bit."""
        ahead: list[tuple[Tensor, Tensor]] = []
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    velocity = self.state[parameter].get("velocity") if parameter in self.state else None
                    if velocity is not None:
                        ahead.append((parameter, parameter.detach().clone()))
                        parameter.add_(velocity, alpha=group["momentum"])
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, point in ahead:
                    parameter.copy_(point)

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        momentum, lr = group["momentum"], float(group["lr"])
        gradients = decayed(group, parameters, gradients)
        velocities = running(self.state, parameters, "velocity")
        torch._foreach_mul_(velocities, momentum)
        torch._foreach_add_(velocities, gradients, alpha=lr)
        torch._foreach_add_(parameters, gradients, alpha=-lr)
        torch._foreach_add_(parameters, velocities, alpha=-momentum)
