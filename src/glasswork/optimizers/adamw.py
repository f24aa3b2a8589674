"""AdamW: Adam whose weight decay does not pass through the gradient."""

from __future__ import annotations

from torch import Tensor

from glasswork.optimizers.adam import Adam, adam_update
from glasswork.optimizers.optimizer import Parameters

__all__ = ["AdamW", "adamw_update"]


def adamw_update(
    w: Tensor,
    g: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Return the step to add to the weights, and the new running means of Adam.

    .. math:: \Delta w = -\eta \left( \frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda w \right)

    up to a product :math:`\eta^2` of the two terms: the weights shrink first, then Adam's step is added.

    Args:
        w: the weights.
        g: the gradient.
        m: running mean of the gradients, 0 at first.
        v: running mean of their squares, 0 at first.
        t: which step this is, from 1.
        lr: the learning rate :math:`\eta`.
        beta1: how much of `m` is kept.
        beta2: how much of `v` is kept.
        eps: keeps the quotient finite.
        weight_decay: the share :math:`\lambda`.

    >>> import torch
    >>> w, g = torch.tensor(2.0), torch.tensor(4.0)
    >>> step, m, v = adamw_update(w, g, 0.0, 0.0, 1, lr=0.1, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.5)
    >>> step  # -0.1 * 0.5 * 2 - 0.1
    tensor(-0.2000)
    """
    step, m, v = adam_update(g, m, v, t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    return -lr * weight_decay * w + step, m, v


class AdamW(Adam):
    r"""AdamW, on torch's fused kernel; a checkpoint of ``torch.optim.AdamW`` fits and the other way round.

    Args:
        params: what to optimise.
        lr: the learning rate; at least 0.
        betas: how much of the running means of gradients and of squares is kept; in [0, 1).
        eps: keeps the quotient finite; above 0.
        weight_decay: the share of each weight that is taken away, times `lr`, in every step.

    Source: Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization".

    >>> import torch
    >>> weight = torch.tensor([2.0], requires_grad=True)
    >>> optimizer = AdamW([weight], lr=0.1, weight_decay=0.5)
    >>> (4 * weight).sum().backward()
    >>> optimizer.step()
    >>> weight.detach()
    tensor([1.8000])
    """

    _decoupled = True

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)
