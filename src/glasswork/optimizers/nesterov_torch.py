"""Nesterov's momentum in torch's form: the look-ahead guessed from the gradient here.

Course: OPT-04.
"""

from __future__ import annotations

from glasswork.checks import check_above
from glasswork.optimizers.optimizer import Parameters
from glasswork.optimizers.sgd import SGD

__all__ = ["NesterovTorch"]


class NesterovTorch(SGD):
    r"""`SGD` with Nesterov's momentum, on torch's fused kernel.

    .. math:: b \leftarrow \mu b + g, \qquad \Delta w = -\eta\,(g + \mu b)

    A checkpoint of ``torch.optim.SGD(nesterov=True)`` fits and the other way round.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        momentum: the share of the last direction that is kept; in (0, 1).
        weight_decay: pulls towards 0 through the gradient, as an L2 penalty does.

    Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning"; in this form
    Bengio, Boulanger-Lewandowski & Pascanu 2013, "Advances in Optimizing Recurrent Networks", section 3.5.

    Differs from `Nesterov` in multiplying the whole sum of gradients by the learning rate of today.

    >>> import torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = NesterovTorch([weight], lr=0.1)
    >>> weight.grad = torch.tensor([2.0])
    >>> optimizer.step()
    >>> weight.detach()  # 1 - 0.1 * (2 + 0.9 * 2)
    tensor([0.6200])
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-2, *, momentum: float = 0.9, weight_decay: float = 0.0
    ) -> None:
        check_above("NesterovTorch", 0, momentum=momentum)
        super().__init__(params, lr, momentum=momentum, nesterov=True, weight_decay=weight_decay)
