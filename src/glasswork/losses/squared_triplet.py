"""Squared triplet loss: the triplet loss on squared distances, as for recognising faces.

Letters in shapes: B examples, D numbers in an embedding.

Course: LOSS-16.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least
from glasswork.losses.loss import check_loss, reduced

__all__ = ["SquaredTriplet", "squared_triplet", "squared_triplet_formula"]


def squared_triplet(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    margin: float = 1.0,
    weights: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Mean triplet loss on squared Euclidean distances.

    With an anchor :math:`a`, one example :math:`p` of its kind and one :math:`n` of another, averaged over the
    triplets:

    .. math:: \ell = \max(0, d(a, p) - d(a, n) + m) \qquad d(u, v) = \lVert u - v \rVert_2^2

    Derivative:

    .. math:: \frac{\partial \ell}{\partial a} = 2\,(n - p), \qquad \frac{\partial \ell}{\partial p} = 2\,(p - a),
              \qquad \frac{\partial \ell}{\partial n} = 2\,(a - n)

    where the loss is above 0; elsewhere 0.

    Args:
        anchor: (B, D) embeddings.
        positive: (B, D) embeddings of the same kind as the anchors.
        negative: (B, D) embeddings of another kind.
        margin: :math:`m`, how much farther away the other kind must be, in squared units; at least 0.
        weights: (B,) how much each triplet counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number a triplet.

    Returns:
        A scalar, shape ``()``.

    Units: the square of the embedding's units.

    Source: Schroff, Kalenichenko & Philbin 2015, "FaceNet: A Unified Embedding for Face Recognition and Clustering".

    Differs from `triplet`, and from ``torch.nn.TripletMarginLoss``, in squaring the distances.

    >>> a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 5.0]])
    >>> squared_triplet(a, p, n)  # 25 - 25 + 1
    tensor(1.)
    """
    check_at_least("squared_triplet", 0, margin=margin)
    check_loss("squared_triplet", reduction, anchor=anchor, positive=positive, negative=negative)
    nearer = (anchor - positive).square().sum(-1) - (anchor - negative).square().sum(-1)
    return reduced("squared_triplet", functional.relu(nearer + margin), reduction, weights)


def squared_triplet_formula(anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: float = 1.0) -> Tensor:
    """The same in plain operations.

    >>> a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 5.0]])
    >>> squared_triplet_formula(a, p, n)
    tensor(1.)
    """
    near = ((anchor - positive) ** 2).sum(-1)
    far = ((anchor - negative) ** 2).sum(-1)
    short = near - far + margin
    return torch.where(short > 0, short, torch.zeros_like(short)).mean()


class SquaredTriplet(nn.Module):
    """`squared_triplet` that remembers its margin.

    >>> a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 5.0]])
    >>> SquaredTriplet()(a, p, n)
    tensor(1.)
    """

    def __init__(self, *, margin: float = 1.0) -> None:
        super().__init__()
        check_at_least("SquaredTriplet", 0, margin=margin)
        self.margin = margin

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return squared_triplet(anchor, positive, negative, margin=self.margin, weights=weights)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"margin={self.margin}"
