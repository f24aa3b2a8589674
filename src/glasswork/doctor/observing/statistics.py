"""Statistics: tensors in a few numbers, in a few passes, without a random draw and without writing to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from glasswork.doctor.vitals import LayerVitals, TensorVitals

__all__ = ["BOUNDED", "OutputNumbers", "effective_rank", "look_at_output", "look_at_tensor", "thinned"]

LIMIT = 1 << 18  # more elements than this are thinned out by a fixed stride before they are summed up
MOST_UNITS = 4096
MOST_VALUES = 1000
MOST_FEATURES = 256
MOST_IN_A_ROW = 10_000
FARTHEST, MOST_IMAGES = 4, 32
MOST_COLOURS = 4
CLEARER = 0.1  # a correlation gained
RANK_ROWS = 128
RANK_UNITS = 512
FLAT = 0.01  # a slope below this no longer lets a gradient through

# Bounded activations: below the first and above the second value of the output, the slope is less than FLAT.
_HALF = math.sqrt(0.25 - FLAT)  # sigmoid's slope is y (1 - y)
BOUNDED: dict[str, tuple[float, float]] = {
    "sigmoid": (0.5 - _HALF, 0.5 + _HALF),
    "logistic": (0.5 - _HALF, 0.5 + _HALF),
    "tanh": (-math.sqrt(1 - FLAT), math.sqrt(1 - FLAT)),  # slope 1 - y^2
    "hardtanh": (-1.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "softsign": (-0.9, 0.9),  # slope (1 - |y|)^2
}


@dataclass(slots=True)
class OutputNumbers:
    """What one run of a layer adds to its `LayerVitals`."""

    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    zeros: float | None
    saturated: float | None
    silent: int | None
    stuck: int | None
    units: int | None
    bad: int

    def join(self, into: LayerVitals) -> None:
        """Write these numbers; units stay silent only if they were so in every run."""
        for name in ("mean", "std", "low", "high", "zeros", "saturated"):
            setattr(into, name, getattr(self, name))
        same = into.units == self.units
        for name in ("silent", "stuck"):
            mask, earlier = getattr(self, name), getattr(into, name)
            setattr(into, name, mask & earlier if same and mask is not None and earlier is not None else mask)
        into.units = self.units
        into.bad += self.bad


def thinned(x: Tensor, limit: int = LIMIT) -> Tensor:
    """Return every so many examples (and, of huge ones, places), so that about `limit` elements are left."""
    if x.numel() <= limit or x.dim() == 0:
        return x
    step = min(math.ceil(x.numel() / limit), max(1, x.shape[0] // 8))
    x = x[::step]
    for dimension in range(x.dim() - 1, 0, -1):
        if x.numel() <= 2 * limit:
            break
        if dimension != 1:
            step = min(math.ceil(x.numel() / limit), max(1, x.shape[dimension] // 8))
            x = x[(slice(None),) * dimension + (slice(None, None, step),)]
    return x


def look_at_output(output: Tensor, axis: int, bounds: tuple[float, float] | None, zeros: bool) -> OutputNumbers | None:
    """Return the numbers of a layer's output.

    Args:
        output: what the layer returned; floating.
        axis: which dimension counts its units.
        bounds: between which values a bounded activation still has a slope; None for others.
        zeros: whether exact zeros mean something, as they do after a ReLU.
    """
    if not output.is_floating_point() or output.numel() == 0 or output.is_sparse:
        return None
    x = output.detach()
    bad = 0
    x = thinned(x)
    if x.dtype in (torch.float16, torch.bfloat16):
        x = x.float()
    std, mean = torch.std_mean(x, correction=0)
    low, high = torch.aminmax(x)
    parts = [mean, std, low, high]
    units, silent, stuck = None, None, None
    axis %= max(x.dim(), 1)
    over = [dimension for dimension in range(x.dim()) if dimension != axis]
    if zeros:
        nothing = x == 0
        parts.append(nothing.sum().to(x.dtype))
        if over:
            silent = nothing.all(dim=over[0]) if len(over) == 1 else _all(nothing, axis)
    if bounds is not None:
        below, above = x <= bounds[0], x >= bounds[1]
        parts.append((below.sum() + above.sum()).to(x.dtype))
        if over:
            stuck = _all(below, axis) | _all(above, axis)
    numbers = torch.stack(parts).tolist()
    mean_, std_, low_, high_ = numbers[:4]
    if not math.isfinite(mean_):
        whole = output.detach()
        finite = torch.isfinite(whole)
        bad = whole.numel() - int(finite.sum())
        good = whole[finite].float()
        if good.numel():
            mean_, std_ = float(good.mean()), float(good.std(correction=0))
            low_, high_ = float(good.min()), float(good.max())
        else:
            mean_ = std_ = low_ = high_ = None
    if over:
        units = min(x.shape[axis], MOST_UNITS)
    count = x.numel()
    return OutputNumbers(
        mean_,
        std_,
        low_,
        high_,
        numbers[4] / count if zeros else None,
        numbers[-1] / count if bounds is not None else None,
        None if silent is None else _mask(silent),
        None if stuck is None else _mask(stuck),
        units,
        bad,
    )


def _all(flags: Tensor, axis: int) -> Tensor:
    return flags.movedim(axis, 0).flatten(1).all(dim=1)


def _mask(flags: Tensor) -> int:
    """Return flags as a bit mask, the first unit in the lowest bit."""
    mask = 0
    for place in flags[:MOST_UNITS].nonzero().flatten().tolist():
        mask |= 1 << place
    return mask


def effective_rank(output: Tensor, axis: int) -> float | None:
    """Return how many directions an output uses: the exponential of the entropy of its squared singular values."""
    if not output.is_floating_point() or output.dim() < 2:
        return None
    x = output.detach().movedim(axis, -1).flatten(0, -2)
    if not 1 < x.shape[1] <= RANK_UNITS or x.shape[0] < 4:
        return None
    x = x[:: max(1, x.shape[0] // RANK_ROWS)][:RANK_ROWS].float()
    x = x - x.mean(0)
    with torch.autocast(x.device.type, enabled=False):
        square = x @ x.T if x.shape[0] <= x.shape[1] else x.T @ x
    if not bool(torch.isfinite(square).all()):
        return None
    values = torch.linalg.eigvalsh(square).clamp(min=0)
    total = values.sum()
    if not float(total) > 0:
        return 0.0
    return float(torch.special.entr(values / total).sum().exp())


def look_at_tensor(tensor: Tensor, *, features: bool = True) -> TensorVitals:
    """Return a tensor of a batch in numbers; batch first."""
    whole = tensor.detach()
    vitals = TensorVitals(tuple(whole.shape), str(whole.dtype).removeprefix("torch."))
    if whole.numel() == 0 or whole.is_sparse or whole.is_complex():
        return vitals
    x = thinned(whole)
    floating = x.is_floating_point()
    values = x.float() if x.dtype in (torch.float16, torch.bfloat16) or not floating else x
    std, mean = torch.std_mean(values, correction=0)
    low, high = torch.aminmax(values)
    numbers = torch.stack([mean, std, low, high, (x == 0).sum(), (x < 0).sum()]).tolist()
    vitals.mean, vitals.std, vitals.low, vitals.high = numbers[:4]
    vitals.zeros, vitals.negative = numbers[4] / x.numel(), numbers[5] / x.numel()
    if not math.isfinite(numbers[0]):
        finite = torch.isfinite(whole)
        vitals.bad = whole.numel() - int(finite.sum())
        good = values[torch.isfinite(values)]
        vitals.mean = vitals.std = vitals.low = vitals.high = None
        if good.numel():
            vitals.mean, vitals.std = float(good.mean()), float(good.std(correction=0))
            vitals.low, vitals.high = float(good.min()), float(good.max())
    if whole.dim() > 1 and len(whole) > 1:
        if not vitals.bad and vitals.std:
            least, most = torch.aminmax(values, dim=0)
            vitals.rows_alike = float((most - least).max()) / vitals.std
        elif vitals.std == 0:
            vitals.rows_alike = 0.0
    if floating and values.dim() > 1:
        if values.shape[-1] <= MOST_IN_A_ROW:
            sums = values.sum(-1)
            vitals.row_sums = (float(sums.min()), float(sums.max()))
        if features:
            axis = 1 if values.dim() >= 4 else values.dim() - 1
            over = [dimension for dimension in range(values.dim()) if dimension != axis]
            stds, means = torch.std_mean(values, dim=over, correction=0)
            vitals.feature_means = means[:MOST_FEATURES].tolist()
            vitals.feature_stds = stds[:MOST_FEATURES].tolist()
    if not vitals.bad:
        _count(vitals, x, floating)
        if floating and values.dim() == 4 and values.shape[-1] > FARTHEST + 1 and vitals.std:
            images = values[:MOST_IMAGES]
            vitals.neighbours = _neighbours(images, float(vitals.mean or 0))
            if 1 < values.shape[1] <= MOST_COLOURS and values.shape[-2] > FARTHEST + 1:
                vitals.scrambled = _scrambled(images)
    if not floating and whole.dim() == 1 and len(whole) > 1:
        changes = (whole[1:] != whole[:-1]).nonzero().flatten().tolist()
        edges = [-1, *changes, len(whole) - 1]
        vitals.longest_run = max(after - before for before, after in pairwise(edges))
    return vitals


def _neighbours(images: Tensor, mean: float) -> tuple[float, float, float, float] | None:
    """Return the correlation of values 1, 2, 3 and 4 places apart along the last dimension."""
    x = images - mean
    found = []
    for apart in range(1, FARTHEST + 1):
        left, right = x[..., :-apart], x[..., apart:]
        found += [(left * right).mean(), left.square().mean() * right.square().mean()]
    numbers = torch.stack(found).tolist()
    if not all(square > 0 for square in numbers[1::2]):
        return None
    one, two, three, four = (
        product / math.sqrt(square) for product, square in zip(numbers[::2], numbers[1::2], strict=True)
    )
    return one, two, three, four


def _scrambled(images: Tensor) -> float:
    """Return the share of images that make more sense when read as rows of pixels with the colours last.

    More sense: neighbours downwards are more alike, and those across or the colours of one pixel are, and all three
    together clearly. In a picture that stands as it should, sorting anew breaks what is alike.
    """
    count, channels, height, width = images.shape
    before = _order_of(images)
    after = _order_of(images.reshape(count, height, width, channels).permute(0, 3, 1, 2))
    across, down, colours = (a - b for a, b in zip(after, before, strict=True))
    better = (down > CLEARER) & ((across > CLEARER) | (colours > CLEARER)) & (across + down + colours > 3 * CLEARER)
    return float(better.double().mean())


def _order_of(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return how alike neighbours across and downwards and the colours of a pixel are: correlations, by image."""
    x = images - images.mean((2, 3), keepdim=True)
    size = x.square().mean((1, 2, 3)).clamp(min=1e-12)
    across, down = x[..., :-1] * x[..., 1:], x[..., :-1, :] * x[..., 1:, :]
    unit = x / x.square().mean((2, 3), keepdim=True).sqrt().clamp(min=1e-6)
    count = images.shape[1]
    together = (unit.sum(1).square().mean((1, 2)) - count) / (count * (count - 1))
    return across.mean((1, 2, 3)) / size, down.mean((1, 2, 3)) / size, together


def _count(vitals: TensorVitals, x: Tensor, floating: bool) -> None:
    if vitals.low is None or vitals.high is None:
        return
    if floating:
        few = x.flatten()[: MOST_VALUES + 1]
        if x.numel() > MOST_VALUES and torch.unique(few).numel() > MOST_VALUES // 2:
            return
    values, counts = torch.unique(x, return_counts=True)
    if len(values) > MOST_VALUES:
        return
    vitals.distinct = len(values)
    listed = values.tolist()
    if not floating or all(value == int(value) for value in listed):
        vitals.counts = {int(value): count for value, count in zip(listed, counts.tolist(), strict=True)}
