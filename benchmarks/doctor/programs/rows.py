"""The data of the programs: scikit-learn's bundled sets and synthetic questions, split into training, validation, test."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from sklearn import datasets
from torch import Tensor

__all__ = ["Pair", "Rows", "split"]

Pair = tuple[Tensor, Tensor]


@dataclass
class Rows:
    """Examples with their targets, as three parts."""

    train: Pair
    valid: Pair
    test: Pair

    def each(self, change: Callable[[Pair], Pair]) -> Rows:
        """Return the rows with every part changed likewise."""
        return Rows(change(self.train), change(self.valid), change(self.test))


def split(x: Tensor, y: Tensor, seed: int, rows: int | None = None) -> Rows:
    """Return 60 % of shuffled rows for training, 20 % each for validation and test."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1000 + seed))
    order = order[:rows]
    first, second = int(0.6 * len(order)), int(0.8 * len(order))
    parts = order[:first], order[first:second], order[second:]
    return Rows(*((x[part].clone(), y[part].clone()) for part in parts))


@functools.cache
def bundled(name: str) -> Pair:
    """Return one of scikit-learn's sets: numbers, and classes or values."""
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    target = torch.tensor(y, dtype=torch.float32)[:, None] if name == "diabetes" else torch.tensor(y)
    return torch.tensor(x, dtype=torch.float32), target


# Classes --------------------------------------------------------------------------------------------------------------


def digits(seed: int) -> Rows:
    """8 x 8 pixels of 10 digits, flat, 0 to 16."""
    return split(*bundled("digits"), seed)


def digit_images(seed: int) -> Rows:
    """The same as pictures of one channel, 0 to 255."""
    x, y = bundled("digits")
    return split((x * 255 / 16).reshape(-1, 1, 8, 8), y, seed)


def coloured_digits(seed: int) -> Rows:
    """The same in a colour each, three channels, 0 to 255."""
    x, y = bundled("digits")
    tint = torch.rand(len(x), 3, 1, 1, generator=torch.Generator().manual_seed(seed)) * 0.7 + 0.3
    return split(x.reshape(-1, 1, 8, 8) * 255 / 16 * tint, y, seed)


def breast_cancer(seed: int) -> Rows:
    """30 measurements of very different sizes, 2 classes."""
    return split(*bundled("breast_cancer"), seed)


def wine(seed: int) -> Rows:
    """13 measurements, 3 classes."""
    return split(*bundled("wine"), seed)


def iris(seed: int) -> Rows:
    """4 lengths in centimetres, 3 classes."""
    return split(*bundled("iris"), seed)


def clusters(seed: int, rows: int = 1200) -> Rows:
    """20 numbers, 4 classes of two clusters each."""
    x, y = datasets.make_classification(
        rows, 20, n_informative=8, n_redundant=4, n_classes=4, n_clusters_per_class=2, class_sep=1.6, flip_y=0.01,
        random_state=seed,
    )  # fmt: skip
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y), seed)


def moons(seed: int) -> Rows:
    """2 half moons in the plane; binary, as floats of shape (N, 1)."""
    x, y = datasets.make_moons(1000, noise=0.15, random_state=seed)
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None], seed)


def rings(seed: int) -> Rows:
    """3 rings around the origin in 6 dimensions, of which 2 matter."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, 1200)
    angle, radius = rng.uniform(0, 2 * math.pi, 1200), 1 + y + rng.normal(0, 0.15, 1200)
    x = np.concatenate(
        [(radius * np.cos(angle))[:, None], (radius * np.sin(angle))[:, None], rng.normal(size=(1200, 4))], 1
    )
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y), seed)


def spirals(seed: int) -> Rows:
    """2 spirals in the plane: no straight line tells them apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 1500)
    turn = 0.4 + 2.2 * rng.uniform(0, 1, 1500)
    angle = 2.4 * turn + math.pi * y
    x = np.stack([turn * np.cos(angle), turn * np.sin(angle)], 1) + rng.normal(0, 0.06, (1500, 2))
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y), seed)


def one_hot(seed: int) -> Rows:
    """8 columns of 6 categories, one-hot; the class is that of a hidden score."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 6, (1500, 8))
    score = np.random.default_rng(7).normal(size=(8, 6))[np.arange(8), codes].sum(1)
    x = np.eye(6)[codes].reshape(1500, 48)
    return split(
        torch.tensor(x, dtype=torch.float32), torch.tensor(np.digitize(score, np.quantile(score, [0.3, 0.65]))), seed
    )


def textures(seed: int, rows: int = 900, size: int = 12) -> Rows:
    """Colour pictures of stripes: across, along, aslant or a check pattern; 0 to 1."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, rows)
    i, j = np.mgrid[0:size, 0:size]
    phase, wave = rng.uniform(0, 6.28, (rows, 1, 1)), rng.uniform(1.3, 2.0, (rows, 1, 1))
    kinds = [np.sin(wave * i + phase), np.sin(wave * j + phase), np.sin(wave * (i + j) / 1.4 + phase)]
    kinds.append(np.sin(wave * i + phase) * np.sin(wave * j + phase) * 1.4)
    grey = np.choose(y[:, None, None], kinds)
    tint = rng.uniform(0.3, 1.0, (rows, 3, 1, 1))
    x = 0.5 + 0.2 * grey[:, None] * tint + rng.normal(0, 0.1, (rows, 3, size, size))
    return split(torch.tensor(x.clip(0, 1), dtype=torch.float32), torch.tensor(y), seed)


def waves(seed: int) -> Rows:
    """32 readings of a sine, a square wave or a saw, with noise; shape (N, 32, 1)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, 1000)
    t = np.arange(32) * rng.uniform(0.35, 0.6, (1000, 1)) + rng.uniform(0, 6.28, (1000, 1))
    kinds = [np.sin(t), 0.9 * np.sign(np.sin(t)), 2 * ((t / 6.2832) % 1) - 1]
    x = np.choose(y[:, None], kinds) + rng.normal(0, 0.1, (1000, 32))
    return split(torch.tensor(x, dtype=torch.float32)[..., None], torch.tensor(y), seed)


def most_frequent(seed: int) -> Rows:
    """16 tokens out of 10; the class is which of the first three occurs most."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, 1500)
    x = rng.integers(0, 10, (1500, 16))
    for row, favourite in zip(x, y, strict=True):
        row[rng.permutation(16)[:5]] = favourite
    return split(torch.tensor(x), torch.tensor(y), seed)


def phrases(seed: int) -> Rows:
    """24 tokens out of 60: each of 4 topics prefers a fifth of the words."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, 1500)
    own = rng.integers(0, 12, (1500, 24)) + 12 * y[:, None]
    x = np.where(rng.uniform(size=own.shape) < 0.3, own, rng.integers(0, 60, own.shape))
    return split(torch.tensor(x), torch.tensor(y), seed)


def recall(seed: int) -> Rows:
    """A signal of 12 readings; the class is the commonest sign of three marked ones, long ago. Shape (N, 12, 2)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.3, (1500, 12, 2))
    marked = 2 * rng.integers(0, 2, (1500, 3)) - 1
    x[:, [1, 3, 5], 0] = marked
    x[:, [1, 3, 5], 1] = 1
    y = (marked.sum(1) > 0).astype(int)
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y), seed)


# Values ---------------------------------------------------------------------------------------------------------------


def diabetes(seed: int) -> Rows:
    """10 measurements, one value of about 150."""
    return split(*bundled("diabetes"), seed)


def friedman(seed: int, rows: int = 1200) -> Rows:
    """Friedman's first function of 10 uniform numbers, standardised."""
    x, y = datasets.make_friedman1(rows, 10, noise=0.5, random_state=seed)
    target = torch.tensor((y - 14.4) / 4.9, dtype=torch.float32)
    return split(torch.tensor(x, dtype=torch.float32), target[:, None], seed)


def hills(seed: int) -> Rows:
    """8 numbers, two smooth values."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1200, 8))
    y = np.stack([np.sin(1.5 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2], np.tanh(x[:, 3]) - 0.4 * x[:, 4] ** 2 + 0.4], 1)
    return split(
        torch.tensor(x, dtype=torch.float32), torch.tensor(y + rng.normal(0, 0.1, y.shape), dtype=torch.float32), seed
    )


def forecast(seed: int) -> Rows:
    """24 readings of two added sines; the value is the next one."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, 200, (1200, 1)) + np.arange(25)
    x = np.sin(0.42 * start) + 0.6 * np.sin(0.17 * start + 1) + rng.normal(0, 0.05, start.shape)
    values = torch.tensor(x, dtype=torch.float32)
    return split(values[:, :24, None], values[:, 24:], seed)


# Many labels, tokens, pictures of themselves --------------------------------------------------------------------------


def keywords(seed: int) -> Rows:
    """30 word counts, 6 labels of which several may hold."""
    x, y = datasets.make_multilabel_classification(1200, 30, n_classes=6, n_labels=2, length=60, random_state=seed)
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32), seed)


def traits(seed: int) -> Rows:
    """12 numbers, 5 labels: each whether some hidden direction is positive."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1200, 12))
    y = x @ np.random.default_rng(3).normal(size=(12, 5)) + 0.5 * x[:, :5] * x[:, 5:10] > 0.8
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32), seed)


def text(seed: int) -> Rows:
    """Windows of 20 characters of a text by a random grammar; the targets are the next characters."""
    rng = np.random.default_rng(seed)
    words = ["the", "cat", "dog", "saw", "a", "ran", "to", "tree", "and", "sat"]
    line = " ".join(rng.choice(words, 6000))
    letters = sorted(set(line))
    codes = torch.tensor([letters.index(c) for c in line])
    starts = torch.tensor(rng.integers(0, len(codes) - 21, 900))
    windows = codes[starts[:, None] + torch.arange(21)]
    return split(windows[:, :-1], windows[:, 1:], seed)


def tagging(seed: int) -> Rows:
    """15 tokens out of 12; each is tagged by its own and the token before: 4 tags."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 12, (1000, 15))
    before = np.concatenate([np.zeros((1000, 1), int), x[:, :-1]], 1)
    return split(torch.tensor(x), torch.tensor(2 * (x % 2) + (before > 5)), seed)


def mirrored(rows: Rows) -> Rows:
    """Let every example be its own target."""
    return rows.each(lambda pair: (pair[0], pair[0].flatten(1).clone()))


def spot_images(seed: int) -> Rows:
    """One bright spot on 10 x 10 pixels, 0 to 1, flat; its own target."""
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[0:10, 0:10]
    cx, cy, size = (rng.uniform(low, high, (1000, 1, 1)) for low, high in ((2, 8), (2, 8), (1.0, 2.0)))
    x = np.exp(-((i - cx) ** 2 + (j - cy) ** 2) / (2 * size**2)) + rng.normal(0, 0.02, (1000, 10, 10))
    flat = torch.tensor(x, dtype=torch.float32).reshape(1000, 100)
    return split(flat, flat.clone(), seed)


def digit_copies(seed: int) -> Rows:
    """Digits, 0 to 1, flat; their own targets."""
    x, _ = bundled("digits")
    return split(x / 16, x / 16, seed)


def banana(seed: int) -> Rows:
    """Points on a bent line, for a generator to imitate; their own targets."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=2000)
    x = np.stack([a, 0.5 * a**2 - 0.5], 1) + rng.normal(0, 0.1, (2000, 2))
    points = torch.tensor(x, dtype=torch.float32)
    return split(points, points.clone(), seed)
