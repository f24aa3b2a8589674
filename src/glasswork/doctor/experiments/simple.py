"""A simple model that is fitted in closed form: ridge regression on the flat inputs, tokens counted."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

__all__ = ["added", "columns", "explained", "folds", "kinds_of", "link", "nearness", "ridge_scores", "score", "wide"]

MOST_CLASSES = 100
_NARROW = 8.0  # a row at the median distance counts e^-8
_LARGE = 128  # rows and columns, from which single precision does
_RIDGE = 0.1  # share of the mean squared column that is added to the diagonal


def columns(inputs: Tensor, limit: int = 256) -> Tensor:
    """Return inputs as standardised columns, one row an example: numbers flat, tokens counted."""
    if inputs.is_floating_point():
        flat = inputs.flatten(1)[:, :: max(inputs[0].numel() // limit, 1)].double()
    else:
        tokens = inputs.flatten(1).clamp(min=0)
        flat = torch.zeros(len(inputs), min(int(tokens.max()) + 1, 5000), dtype=torch.double)
        flat.scatter_add_(1, tokens.clamp(max=flat.shape[1] - 1), torch.ones_like(tokens, dtype=torch.double))
    flat = flat.nan_to_num(0.0, 0.0, 0.0)
    std, mean = torch.std_mean(flat, 0)
    return (flat - mean) / torch.where(std > 0, std, 1.0)


def nearness(x: Tensor) -> Tensor:
    """Return how near every row is to every row: 1 for itself, falling with the squared distance, shape ``(N, N)``."""
    squared = torch.cdist(x.float(), x.float()).square()
    return (-squared / squared.median().clamp(min=1e-12) * _NARROW).exp().to(x.dtype)


def kinds_of(targets: Tensor) -> Tensor | None:
    """Return targets as class numbers, one a row; None where they are values."""
    if targets.dim() == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.dim() != 1:
        return None
    whole = targets.long()
    if targets.is_floating_point() and not bool((targets == whole).all()):
        return None
    kinds, codes = whole.unique(return_inverse=True)
    return codes if 2 <= len(kinds) <= MOST_CLASSES else None


def wide(targets: Tensor, limit: int = 64) -> Tensor | None:
    """Return targets as columns of numbers, classes as indicators; None where they are neither classes nor numbers."""
    kinds = kinds_of(targets)
    if kinds is not None:
        return one_hot(kinds).double()
    if targets.is_floating_point() and targets.isfinite().all():
        return targets.flatten(1).double()[:, :limit] if targets.dim() > 1 else targets.double()[:, None]
    return None


def score(said: Tensor, y: Tensor) -> float:
    """Return R2: 1 minus the squared error over that of the mean."""
    return float(1 - ((said - y) ** 2).sum() / ((y - y.mean(0)) ** 2).sum().clamp(min=1e-12))


def link(said: Tensor, y: Tensor) -> float:
    """Return the correlation of what was said with what is, over all columns together.

    Where there is little to find, fits are too bold, and their R2 is below 0 with the right answers in them: what they
    say still goes with the truth.
    """
    a, b = said - said.mean(0), y - y.mean(0)
    return float((a * b).sum() / (a.square().sum() * b.square().sum()).clamp(min=1e-30).sqrt())


def added(both: tuple[Tensor, Tensor], more: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor]:
    """Return rows and targets with those of further batches, but for rows that are there already: a second pass."""
    inputs, targets = both
    if more is None or more[0].shape[1:] != inputs.shape[1:] or more[1].shape[1:] != targets.shape[1:]:
        return both
    joined = torch.cat([inputs, more[0].to(inputs.dtype)])
    codes = joined.flatten(1).unique(dim=0, return_inverse=True)[1]
    first = torch.full((int(codes.max()) + 1,), len(codes)).scatter_reduce_(0, codes, torch.arange(len(codes)), "amin")
    keep = torch.arange(len(codes)) == first[codes]
    keep[: len(inputs)] = True
    return joined[keep], torch.cat([targets, more[1].to(targets.dtype)])[keep]


def explained(x: Tensor, y: Tensor) -> float:
    """Return the out-of-sample R2 of the better of two simple models, of columns and of nearness."""
    parts = folds(len(y))
    return max(score(ridge_scores(look, y, parts), y) for look in (x, nearness(x)))


def folds(rows: int, count: int = 4) -> list[Tensor]:
    """Return so many groups of shuffled row numbers."""
    return list(torch.randperm(rows).tensor_split(count))


def ridge_scores(x: Tensor, y: Tensor, parts: list[Tensor]) -> Tensor:
    """Return out-of-sample predictions of ridge regression: each part by a fit on all others.

    Args:
        x: columns, shape ``(N, F)``.
        y: targets, shape ``(N, K)``.
        parts: row numbers, as from `folds`.
    """
    kind = y.dtype
    if min(x.shape) > _LARGE:  # the ridge keeps the system far from singular
        x, y = x.float(), y.float()
    said = torch.zeros_like(y)
    for part in parts:
        rest = torch.ones(len(x), dtype=torch.bool)
        rest[part] = False
        a, b = x[rest], y[rest]
        centre = b.mean(0)
        # The smaller of the two systems: as many unknowns as columns, or as rows.
        if a.shape[1] <= len(a):
            gram = a.T @ a
            weights = torch.linalg.solve(gram + _lift(gram, len(a)), a.T @ (b - centre))
        else:
            gram = a @ a.T
            weights = a.T @ torch.linalg.solve(gram + _lift(gram, len(a)), b - centre)
        said[part] = x[part] @ weights + centre
    return said.to(kind)


def _lift(gram: Tensor, rows: int) -> Tensor:
    size = _RIDGE * max(float(gram.diagonal().mean()), 1e-9)
    return torch.eye(len(gram), dtype=gram.dtype) * (size + 1e-6 * rows)
