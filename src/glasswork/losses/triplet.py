"""Triplet loss: an example must lie nearer to its own kind than to another, by a margin.

Letters in shapes: B examples, D numbers in an embedding.

Course: LOSS-16.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least
from glasswork.losses.loss import check_loss, reduced

__all__ = ["Triplet", "triplet", "triplet_formula"]


def triplet(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    margin: float = 1.0,
    weights: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Mean triplet loss on Euclidean distances, which shapes an embedding by comparisons alone.

    With an anchor :math:`a`, one example :math:`p` of its kind and one :math:`n` of another, averaged over the
    triplets:

    .. math:: \ell = \max(0, d(a, p) - d(a, n) + m) \qquad d(u, v) = \lVert u - v + \epsilon \rVert_2

    Derivative:

    .. math:: \frac{\partial \ell}{\partial a} = \frac{a - p}{d(a, p)} - \frac{a - n}{d(a, n)}

    where the loss is above 0; elsewhere 0.

    Args:
        anchor: (B, D) embeddings.
        positive: (B, D) embeddings of the same kind as the anchors.
        negative: (B, D) embeddings of another kind.
        margin: :math:`m`, how much farther away the other kind must be, in the embedding's units; at least 0.
        weights: (B,) how much each triplet counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number a triplet.

    Returns:
        A scalar, shape ``()``.

    Units: the embedding's units.

    Source: Balntas, Riba, Ponsa & Mikolajczyk 2016, "Learning Local Feature Descriptors with Triplets"; as
    ``torch.nn.TripletMarginLoss``, whose :math:`\epsilon = 10^{-6}` keeps the slope finite where two points meet.

    Differs from `squared_triplet` in not squaring the distances.

    >>> a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 5.5]])
    >>> triplet(a, p, n)  # 5 - 5.5 + 1
    tensor(0.5000)
    """
    check_at_least("triplet", 0, margin=margin)
    check_loss("triplet", reduction, anchor=anchor, positive=positive, negative=negative)
    values = functional.triplet_margin_loss(
        anchor, positive, negative, margin=margin, reduction=reduction if weights is None else "none"
    )
    return values if weights is None else reduced("triplet", values, reduction, weights)


def triplet_formula(anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: float = 1.0) -> Tensor:
    """The same in plain operations.

    >>> a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 5.5]])
    >>> triplet_formula(a, p, n)
    tensor(0.5000)
    """
    near = ((anchor - positive + 1e-6) ** 2).sum(-1).sqrt()
    far = ((anchor - negative + 1e-6) ** 2).sum(-1).sqrt()
    short = near - far + margin
    return torch.where(short > 0, short, torch.zeros_like(short)).mean()


class Triplet(nn.Module):
    """`triplet` that remembers its margin.

    >>> a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 5.5]])
    >>> Triplet()(a, p, n)
    tensor(0.5000)
    """

    def __init__(self, *, margin: float = 1.0) -> None:
        super().__init__()
        check_at_least("Triplet", 0, margin=margin)
        self.margin = margin

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return triplet(anchor, positive, negative, margin=self.margin, weights=weights)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"margin={self.margin}"
