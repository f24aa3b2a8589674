"""Does a single column tell the target?

Every column is cut into bins on one half of the rows; each bin then says its commonest class (its mean value) for the
other half; or, if that does better, the class with the nearest mean says so (a straight line does). A column that alone
tells nearly everything, where no other comes near, was made from the target. Of several targets it is the one that a
column goes with most.

Figures of the probe ``leakage``: ``best``: accuracy (R2 for values) of the best column on rows it was not fitted on;
``second`` likewise; ``all``: of ridge regression on all columns but the best; ``base``: of no column; ``feature``:
the place of the best in the flat input (tokens: in time); ``rows``; ``columns``; ``classes``, 0 for values; ``told``:
the share of the best column's variance that lies between the classes; ``numbered``: 1 where
its values are those of a running number, whatever its scale; of whole numbers (tokens, codes) ``odd``: how far
the best column's values are distributed otherwise than those of all others, from 0 to 1.
Source: Kaufman, Rosset, Perlich & Stitelman 2012, "Leakage in Data Mining", section 5.1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.doctor.experiments.simple import columns, folds, kinds_of, ridge_scores
from glasswork.doctor.experiments.subject import Clock, Subject, aside, joined
from glasswork.doctor.vitals import Probe

__all__ = ["leakage"]

BINS = 24
LEAST_ROWS = 60
MOST_COLUMNS = 1024
DISTINCT = 0.98  # of a running number's values
EXACT = 0.1  # of a step
GIVEN = 0.9  # of an amount's variance
HALF = 0.5
SPARSE = 20  # times as many numbers as rows
MOST_LABELS = 64
MOST_MOMENTS = 4096
MOST_OUTSIDE = 0.05  # of the held-out rows lie outside of the training rows' range
MOST_ASKED, LEAST_ASKED = 16, 4  # columns that are asked one by one


def leakage(subject: Subject, budget: float) -> Probe:
    """Predict the targets from each column alone."""
    clock = Clock(budget)
    both = joined(subject.batches)
    if both is None or len(both[0]) < LEAST_ROWS or both[0].dim() < 2:
        return Probe("leakage", clock.seconds)
    inputs, targets = _moments(*both)
    kinds = kinds_of(targets)
    with aside(subject):
        flat = inputs.flatten(1)[:, :MOST_COLUMNS].double().nan_to_num(0.0, 0.0, 0.0)
        if kinds is not None:
            values = torch.nn.functional.one_hot(kinds).double()
        elif targets.is_floating_point() and targets.numel() == len(targets):
            values = targets.reshape(-1, 1).double()
        elif _are_labels(targets) and targets.shape[1] != flat.shape[1]:
            # Of several labels that may hold, the one that a column goes with most.
            values = targets.double()
            likeness = torch.stack([_together(flat, values[:, k : k + 1]).max() for k in range(values.shape[1])])
            values = values[:, int(likeness.argmax()), None]
        elif targets.is_floating_point() and targets.dim() == 2 and targets.shape[1] <= MOST_LABELS:
            one = _one_of_many(flat, targets.double())
            if one is None:
                return Probe("leakage", clock.seconds)
            values = one
        else:
            return Probe("leakage", clock.seconds)
        order = torch.randperm(len(flat))
        fit, ask = order[: len(order) // 2], order[len(order) // 2 :]
        # Those that go with the target most are asked first: time may be short.
        likely = _together(flat, values).argsort(descending=True)[:MOST_ASKED].tolist()
        scores: list[float] = []
        places: list[int] = []
        for column in likely:
            if clock.over and len(scores) >= LEAST_ASKED:
                break
            places.append(column)
            scores.append(_score(flat[:, column], values, fit, ask, kinds is not None))
        none = _score(torch.zeros(len(flat), dtype=torch.double), values, fit, ask, kinds is not None)
        if not scores:
            return Probe("leakage", clock.seconds)
        ranked = sorted(scores, reverse=True)
        place = places[scores.index(ranked[0])]
        rest = torch.cat([flat[:, :place], flat[:, place + 1 :]], 1)
        together = none
        if rest.shape[1]:
            together = _right(ridge_scores(columns(rest), values, folds(len(rest), 2)), values, kinds is not None)
    figures = {"best": ranked[0], "second": ranked[1] if len(ranked) > 1 else none, "base": none}
    figures |= {"feature": float(place), "all": together, "rows": float(len(flat)), "columns": float(flat.shape[1])}
    figures["classes"] = float(values.shape[1]) if kinds is not None else 0.0
    figures["numbered"] = float(_numbered(flat[:, place]))
    if not inputs.is_floating_point() and rest.shape[1]:
        figures["odd"] = _odd(flat[:, place], rest)
    if kinds is not None:
        figures["told"] = _told(flat[:, place], values)
        figures["pinned"] = _pinned(flat[:, place], values)
    elif inputs.dim() == 2 and targets.numel() == len(targets):
        figures |= _elsewhere(subject, flat, values, place)
    return Probe("leakage", clock.seconds, figures)


def _moments(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return moments for rows where each moment of a sequence has a label of its own: its own inputs may tell it."""
    if inputs.dim() != 3 or targets.dim() != 2 or inputs.shape[1] != targets.shape[1] or not _are_labels(targets):
        return inputs, targets
    moments = torch.randperm(targets.numel(), generator=torch.Generator().manual_seed(0))[:MOST_MOMENTS]
    return inputs.flatten(0, 1)[moments], targets.reshape(-1, 1)[moments]


def _pinned(x: Tensor, classes: Tensor) -> float:
    """Return the least spread that a column has within a class of some size, as a part of its whole spread."""
    kept = [x[rows.bool()] for rows in classes.T if float(rows.mean()) > 1 / (2 * classes.shape[1])]
    return float(min((part.std() for part in kept if len(part) > 1), default=x.std()) / x.std().clamp(min=1e-12))


def _elsewhere(subject: Subject, flat: Tensor, values: Tensor, place: int) -> dict[str, float]:
    """Return what the best column of the training rows, and all others together, say of held-out rows."""
    held = joined(subject.held_out)
    if held is None or held[0].dim() != 2 or held[0].shape[1] != flat.shape[1] or held[1].numel() != len(held[1]):
        return {}
    x, y = held[0].double().nan_to_num(0.0, 0.0, 0.0), held[1].reshape(-1, 1).double()
    column, own = x[:, place], flat[:, place]
    outside = float(((column < own.min()) | (column > own.max())).double().mean())
    if outside > MOST_OUTSIDE or float(y.var()) < HALF * float(values.var()):
        return {}  # another time, or other rows: what is known there may honestly be less
    both, said = torch.cat([flat, x]), torch.cat([values, y])
    fit, ask = torch.arange(len(flat)), torch.arange(len(flat), len(both))
    figures = {"held": _score(both[:, place], said, fit, ask, False), "held_rows": float(len(x))}
    rest = columns(torch.cat([both[:, :place], both[:, place + 1 :]], 1))
    if rest.shape[1]:
        figures["held_all"] = _right(ridge_scores(rest, said, [ask])[ask], y, False)
    return figures


def _told(x: Tensor, classes: Tensor) -> float:
    """Return the share of a column's variance that lies between the classes: 1 for a column that is the label."""
    centred = x - x.mean()
    means = (classes.T @ centred) / classes.sum(0).clamp(min=1)
    return float((classes.sum(0) * means.square()).sum() / centred.square().sum().clamp(min=1e-12))


def _numbered(column: Tensor) -> bool:
    """Return whether values are a running number of rows: all different, at steps of one size, with few left out.

    >>> _numbered((torch.randperm(500)[:300].double() - 250) / 144), _numbered(torch.linspace(0, 1, 300).double() ** 2)
    (True, False)
    """
    values = column.unique()
    if len(values) < max(DISTINCT * len(column), LEAST_ROWS):
        return False
    gaps = values.diff()
    step = float(gaps.min())
    # The least gap is less exact than the whole range is long: it is measured again over ever longer stretches.
    for reach in (16, 64, 256, len(values) - 1):
        at = min(reach, len(values) - 1)
        step = float(values[at] - values[0]) / max(round(float(values[at] - values[0]) / step), 1)
    whole = (values - values[0]) / step
    return float((whole - whole.round()).abs().max()) < EXACT and float(whole[-1]) < SPARSE * len(values)


def _odd(column: Tensor, rest: Tensor) -> float:
    """Return the total variation between the values of a column and those of all others: 0 where they are alike."""
    codes = torch.cat([column, rest.flatten()]).unique(return_inverse=True)[1]
    count = int(codes.max()) + 1
    own, others = (
        torch.bincount(part, minlength=count).double() for part in (codes[: len(column)], codes[len(column) :])
    )
    return float((own / own.sum() - others / others.sum()).abs().sum() / 2)


def _one_of_many(flat: Tensor, targets: Tensor) -> Tensor | None:
    """Return the amount of several that a column goes with most; None where columns go with most of them so.

    Each amount of a next state goes with the same of the state before, and what is to be made anew was given.
    """
    likeness = torch.stack([_together(flat, targets[:, k : k + 1]).max() for k in range(targets.shape[1])])
    if not bool(likeness.isfinite().all()) or float((likeness > GIVEN).double().mean()) > HALF:
        return None
    place = int(likeness.argmax())
    return targets[:, place : place + 1]


def _are_labels(targets: Tensor) -> bool:
    return targets.dim() == 2 and targets.shape[1] <= MOST_LABELS and bool(((targets == 0) | (targets == 1)).all())


def _together(flat: Tensor, values: Tensor) -> Tensor:
    """Return for each column how much of its spread lies between what the targets tell apart."""
    x = flat - flat.mean(0)
    y = values - values.mean(0)
    size = x.square().sum(0).clamp(min=1e-12)
    return ((x.T @ y).square() / y.square().sum(0).clamp(min=1e-12)).sum(1) / size


def _score(x: Tensor, values: Tensor, fit: Tensor, ask: Tensor, classes: bool) -> float:
    distinct = x[fit].unique()
    edges = distinct if len(distinct) <= BINS else x[fit].quantile(torch.linspace(0, 1, BINS + 1, dtype=x.dtype)[1:-1])
    bins = torch.bucketize(x.contiguous(), edges.contiguous())
    count = int(bins.max()) + 1
    sums = torch.zeros(count, values.shape[1], dtype=values.dtype).index_add_(0, bins[fit], values[fit])
    seen = torch.bincount(bins[fit], minlength=count)[:, None]
    said = torch.where(seen > 0, sums / seen.clamp(min=1), values[fit].mean(0))[bins[ask]]
    return max(_right(said, values[ask], classes), _right(_plainly(x, values, fit, ask, classes), values[ask], classes))


def _plainly(x: Tensor, values: Tensor, fit: Tensor, ask: Tensor, classes: bool) -> Tensor:
    """Return what a column says without bins, whose edges blur few rows: the nearest class, or a straight line."""
    if classes:
        counts = values[fit].sum(0)
        means = (values[fit].T @ x[fit]) / counts.clamp(min=1)
        return torch.where(counts > 0, -(x[ask][:, None] - means).abs(), -torch.inf)
    middle, mean = values[fit].mean(0), x[fit].mean()
    gap = x[fit] - mean
    slope = (gap[:, None] * (values[fit] - middle)).sum(0) / gap.square().sum().clamp(min=1e-12)
    return middle + (x[ask] - mean)[:, None] * slope


def _right(said: Tensor, values: Tensor, classes: bool) -> float:
    if classes:
        return float((said.argmax(1) == values.argmax(1)).double().mean())
    return float(1 - ((said - values) ** 2).sum() / ((values - values.mean(0)) ** 2).sum().clamp(min=1e-12))
