"""Of two classes: do labels contradict their rows however plainly these speak?

Where two classes overlap, a row that lies further on one side has the other side's label ever more rarely, down to
none: a logistic curve. Where labels are wrong, a part of them stays wrong however far a row lies on its side: the curve
has a floor above 0, or a ceiling below 1. Both curves are fitted to what simple models say of rows that they were not
fitted on, and compared.

Figures: ``floor``: fraction of the rows of the first class that have the second one's label, however plain they are;
``ceiling``: likewise of the second class; ``gain``: twice the difference of the two curves' log likelihoods; where
labels were right it would follow a chi-squared distribution with two degrees of freedom.
Source: Ekholm & Palmgren 1982, "A model for a binary response with misclassifications"; Copas 1988, "Binary regression
models for contaminated data".
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy

__all__ = ["curves", "sides"]

_ROUNDS = 30
_MOST = 0.5  # of a class


def sides(score: Tensor, labels: Tensor) -> tuple[float, float]:
    """Return the fraction of the other label in the quarter of rows that lies furthest on either side."""
    order, quarter = score.argsort(), max(len(score) // 4, 1)
    return float((labels[order[:quarter]] == 1).double().mean()), float((labels[order[-quarter:]] == 0).double().mean())


def curves(score: Tensor, labels: Tensor) -> dict[str, float]:
    """Fit both curves.

    Args:
        score: how far each row lies on the second class's side, from a model that was not fitted on it.
        labels: 0 or 1.

    >>> where = torch.linspace(-3, 3, 400).double()
    >>> found = curves(where, (torch.arange(400) % 4 == 0).where(where < 0, torch.ones(400)).long())
    >>> round(found["floor"], 2), round(found["ceiling"], 2), found["gain"] > 50
    (0.25, 0.0, True)
    """
    x, y = ((score - score.mean()) / score.std().clamp(min=1e-12)).double(), labels.double()
    plain, _ = _fit(x, y, 0.0, 2)
    best, found = min((_fit(x, y, start, 4) for start in (0.0, 1.5)), key=lambda fit: fit[0])
    floor, ceiling = (_MOST * found[2:].sigmoid()).tolist()
    return {"floor": floor, "ceiling": ceiling, "gain": 2 * (plain - best)}


def _fit(x: Tensor, y: Tensor, start: float, size: int) -> tuple[float, Tensor]:
    values = torch.tensor([start, 0.0, -1.0, -1.0][:size], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([values], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def unlikely() -> Tensor:
        chance = (values[0].clamp(-6, 6).exp() * x + values[1]).sigmoid()
        if size > 2:
            low, high = _MOST * values[2].sigmoid(), _MOST * values[3].sigmoid()
            chance = low + (1 - low - high) * chance
        return binary_cross_entropy(chance.clamp(1e-9, 1 - 1e-9), y, reduction="sum")

    def again() -> Tensor:
        optimizer.zero_grad()
        loss = unlikely()
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(again)
    with torch.no_grad():
        return float(unlikely()), values.detach()
