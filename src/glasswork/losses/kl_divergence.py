"""KL divergence: what it costs to believe one distribution where another one is true.

Letters in shapes: B examples, K outcomes; ``...`` any number of dimensions (the first one is B).

Also called: Kullback-Leibler divergence, relative entropy.

Course: LOSS-14.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_dimensions
from glasswork.losses.loss import check_loss, of_type, reduced

__all__ = ["KLDivergence", "kl_divergence", "kl_divergence_formula"]


def kl_divergence(logits: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean") -> Tensor:
    r"""Mean divergence of the predicted distribution from the true one; 0 only where they are equal.

    With the true shares :math:`p` and the believed ones :math:`q = \operatorname{softmax}(z)`, averaged over the
    examples:

    .. math:: \ell = \sum_k p_k \log \frac{p_k}{q_k}

    Derivative:

    .. math:: \frac{\partial \ell}{\partial z_k} = q_k - p_k

    Args:
        logits: (..., K) raw scores; where probabilities are known, their logarithms.
        targets: (..., K) the true shares, which add up to 1; 0 is allowed.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an example, shape (...).

    Returns:
        A scalar, shape ``()``.

    Units: nats.

    Source: Kullback & Leibler 1951, "On Information and Sufficiency".

    Differs from ``torch.nn.KLDivLoss`` in taking logits, and in a mean over the examples, never over the outcomes.

    >>> kl_divergence(torch.tensor([[0.9, 0.1]]).log(), torch.tensor([[0.5, 0.5]]))  # log(5/9)/2 + log(5)/2
    tensor(0.5108)
    """
    check_loss("kl_divergence", reduction, logits=logits, targets=targets)
    if not logits.dim():
        check_dimensions("kl_divergence", 2, logits=logits)
    log_q = torch.log_softmax(logits, dim=-1)
    own = of_type(targets, log_q.dtype)
    if weights is None and reduction != "none":
        total = functional.kl_div(log_q, own, reduction="sum")
        return total if reduction == "sum" else total / (logits.numel() // logits.shape[-1])
    values = functional.kl_div(log_q, own, reduction="none").sum(-1)
    return reduced("kl_divergence", values, reduction, weights)


def kl_divergence_formula(logits: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> kl_divergence_formula(torch.tensor([[0.9, 0.1]]).log(), torch.tensor([[0.5, 0.5]]))
    tensor(0.5108)
    """
    log_q = logits - torch.logsumexp(logits, dim=-1, keepdim=True)
    known = targets.clamp(min=torch.finfo(targets.dtype).tiny)  # 0 log 0 is 0
    return (targets * (known.log() - log_q)).sum(-1).mean()


class KLDivergence(nn.Module):
    """`kl_divergence` as a module.

    >>> KLDivergence()(torch.tensor([[0.9, 0.1]]).log(), torch.tensor([[0.5, 0.5]]))
    tensor(0.5108)
    """

    def forward(self, logits: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return kl_divergence(logits, targets, weights=weights)
