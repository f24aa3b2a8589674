"""Statistics: tensors in a few numbers, in a few passes, without a random draw and without writing to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from glasswork.doctor.vitals import LayerVitals, TensorVitals

__all__ = ["BOUNDED", "OutputNumbers", "effective_rank", "look_at_output", "look_at_tensor", "thinned", "zeros_within"]

LIMIT = 1 << 18  # more elements than this are thinned out by a fixed stride before they are summed up
MOST_UNITS = 4096
MOST_VALUES = 1000
MOST_FEATURES = 256
MOST_IN_A_ROW = 10_000
FARTHEST, MOST_IMAGES = 4, 32
MOST_SEQUENCES, MOST_PLACES = 64, 256
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


def zeros_within(given: Tensor) -> float | None:
    """Return what part of a table is exactly 0, but for rows and columns of nothing else; None for other tensors.

    >>> zeros_within(torch.tensor([[1.0, 0.0, 0.0], [2.0, 3.0, 0.0], [0.0, 0.0, 0.0]]))
    0.25
    """
    if given.dim() < 2 or not given.is_floating_point() or given.numel() == 0 or given.is_sparse:
        return None
    there = thinned(given.detach()).flatten(0, -2) != 0
    rows, columns = there.any(1).sum(), there.any(0).sum()
    filled, some = torch.stack([there.sum(), rows * columns]).tolist()
    return 1 - filled / some if some else 1.0


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
    units, silent, stuck = None, None, None
    axis %= max(x.dim(), 1)
    over = [dimension for dimension in range(x.dim()) if dimension != axis]
    mean, gaps = _spread(x)
    if over and (zeros or bounds is not None):
        lows, highs = x.amin(over), x.amax(over)
        low, high = lows.amin(), highs.amax()
        if zeros:
            silent = (lows == 0) & (highs == 0)
        if bounds is not None:
            stuck = (highs <= bounds[0]) | (lows >= bounds[1])
    else:
        low, high = torch.aminmax(x)
    parts = [mean, gaps, low, high]
    if zeros:
        parts.append((x != 0).sum().to(x.dtype))
    if bounds is not None:
        parts.append((torch.count_nonzero(x <= bounds[0]) + torch.count_nonzero(x >= bounds[1])).to(x.dtype))
    numbers = torch.stack(parts).tolist()
    count = x.numel()
    mean_: float | None
    std_: float | None
    low_, high_ = numbers[2:4]
    mean_, std_ = _settled(x, numbers)
    if not math.isfinite(numbers[0]):
        whole = output.detach()
        finite = torch.isfinite(whole)
        bad = whole.numel() - int(finite.sum())
        good = whole[finite].float()
        if good.numel():
            std_, mean_ = (float(one) for one in torch.std_mean(good, correction=0))
            low_, high_ = float(good.min()), float(good.max())
        else:
            mean_ = std_ = low_ = high_ = None
    if over:
        units = min(x.shape[axis], MOST_UNITS)
    return OutputNumbers(
        mean_,
        std_,
        low_,
        high_,
        (count - numbers[4]) / count if zeros else None,
        numbers[-1] / count if bounds is not None else None,
        None if silent is None else _mask(silent),
        None if stuck is None else _mask(stuck),
        units,
        bad,
    )


def _spread(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return a tensor's mean, and the norm of what is left without it: many times faster than ``std_mean``."""
    mean = x.mean()
    return mean, torch.linalg.vector_norm(x - mean)


def _settled(x: Tensor, numbers: list[float]) -> tuple[float, float]:
    """Return mean and deviation of a tensor from its mean, its norm without it, its least and its greatest element."""
    mean, gaps, low, high = numbers[:4]
    if low == high:
        return low, 0.0  # exactly, whatever rounding made of it
    if math.isfinite(mean) and (gaps == 0 or not math.isfinite(gaps)):  # squares beyond what the type can hold
        std, exact = torch.std_mean(x, correction=0)
        return float(exact), float(std)
    return mean, gaps / math.sqrt(x.numel())


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
            vitals.std, vitals.mean = (float(one) for one in torch.std_mean(good, correction=0))
            vitals.low, vitals.high = float(good.min()), float(good.max())
    if whole.dim() > 1 and len(whole) > 1:
        if not vitals.bad and vitals.std:
            vitals.rows_alike = float((values.amax(0) - values.amin(0)).max()) / vitals.std
        elif vitals.std == 0:
            vitals.rows_alike = 0.0
    if floating and values.dim() > 1:
        if values.shape[-1] <= MOST_IN_A_ROW:
            least, most = torch.stack(torch.aminmax(values.sum(-1))).tolist()
            vitals.row_sums = (least, most)
        if features:
            axis = 1 if values.dim() >= 4 else values.dim() - 1
            vitals.feature_means, vitals.feature_stds = _features(values, axis)
    if not vitals.bad:
        _count(vitals, x, floating)
        if floating and values.dim() == 4 and values.shape[-1] > FARTHEST + 1 and vitals.std:
            images = values[:MOST_IMAGES]
            vitals.neighbours = _neighbours(images, float(vitals.mean or 0))
            if 1 < values.shape[1] <= MOST_COLOURS and values.shape[-2] > FARTHEST + 1:
                vitals.scrambled = _scrambled(images)
        if floating and values.dim() == 3 and min(values.shape) > 1 and vitals.std and x.shape[1:] == whole.shape[1:]:
            vitals.order = _order(values[:MOST_SEQUENCES, :MOST_PLACES, :MOST_PLACES])
    if not floating and whole.dim() == 1 and len(whole) > 1:
        changes = (whole[1:] != whole[:-1]).nonzero().flatten().tolist()
        edges = [-1, *changes, len(whole) - 1]
        vitals.longest_run = max(after - before for before, after in pairwise(edges))
    return vitals


def _features(x: Tensor, axis: int) -> tuple[list[float], list[float]]:
    """Return mean and deviation of each feature."""
    x = x.narrow(axis, 0, min(x.shape[axis], MOST_FEATURES))
    over = [dimension for dimension in range(x.dim()) if dimension != axis]
    means = x.mean(over, keepdim=True)
    stds = (x - means).square_().mean(over).sqrt()
    means, low, high = means.flatten(), x.amin(over), x.amax(over)
    alike = low == high
    lost = ~alike & means.isfinite() & ((stds == 0) | ~stds.isfinite())  # squares beyond what the type can hold
    if bool(lost.any()):
        stds, means = torch.std_mean(x, dim=over, correction=0)
    # Where all are alike, exactly so: whatever rounding made of it.
    both = torch.stack([torch.where(alike, low, means), torch.where(alike, torch.zeros_like(stds), stds)]).tolist()
    return both[0], both[1]


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


def _order(x: Tensor) -> tuple[float, float, float, float]:
    """Return how much more alike neighbours are than any two places: see `TensorVitals.order`."""
    x = x - x.mean(0)
    x = x / x.square().mean(0).sqrt().clamp(min=1e-6)
    again = x.reshape(len(x), x.shape[2], x.shape[1])
    turned = x.transpose(1, 2)
    every = _alike(turned)
    parts = [_near(x) - _alike(x), _near(turned) - every, _near(again) - _alike(again), every]
    one, two, three, four = torch.stack(parts).tolist()
    return one, two, three, four


def _near(x: Tensor) -> Tensor:
    """Return the mean correlation of neighbours along the second dimension."""
    return (x[:, 1:] * x[:, :-1]).mean()


def _alike(x: Tensor) -> Tensor:
    """Return the mean correlation of any two places along the second dimension."""
    count = x.shape[1]
    return (x.sum(1).square().mean() - x.square().sum(1).mean()) / (count * (count - 1))


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
