"""The data of the report half: questions made by formulas, and sets that no other half uses, cut 70 : 15 : 15."""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from sklearn import datasets

from programs.rows import Rows


def cut(x: np.ndarray, y: np.ndarray) -> Rows:
    """Return 70 % of the rows for training, 15 % each for validation and test; they come in no order already."""
    pair = [torch.tensor(a, dtype=torch.float32 if a.dtype.kind == "f" else torch.long) for a in (x, y)]
    first, second = int(0.7 * len(x)), int(0.85 * len(x))
    parts = slice(first), slice(first, second), slice(second, None)
    return Rows(*((pair[0][part].clone(), pair[1][part].clone()) for part in parts))


# Classes of rows ------------------------------------------------------------------------------------------------------


def iris(seed: int) -> Rows:
    """4 lengths in centimetres, 3 classes."""
    x, y = datasets.load_iris(return_X_y=True)
    order = np.random.default_rng(500 + seed).permutation(len(x))
    return cut(x[order], y[order])


_UNITS = np.array([350.0, 1.0e5, 1500.0, 4.0, 0.02, 12.0, 55.0, 230.0])


def _states(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    places = np.random.default_rng(11).normal(0, 1.3, (4, 2, 8))
    y, blob = rng.integers(0, 4, 1400), rng.integers(0, 2, 1400)
    return places[y, blob] + rng.normal(0, 0.7, (1400, 8)), y


def machines(seed: int) -> Rows:
    """8 gauges of a machine in units of their own (kelvin, pascal, metres ...), 4 states."""
    z, y = _states(seed)
    return cut(_UNITS * (1 + 0.1 * z), y)


def rare_machines(seed: int) -> Rows:
    """The same machines; the last state is seldom, five times less than each of the others."""
    z, y = _states(seed)
    keep = (y != 3) | (np.random.default_rng(seed + 70).uniform(size=len(y)) < 0.2)
    return cut((_UNITS * (1 + 0.1 * z))[keep], y[keep])


def soft_machines(seed: int) -> Rows:
    """The same gauges, standardised; the targets are the 4 states' chances, as a perfect teacher knows them."""
    z, _ = _states(seed)
    places = np.random.default_rng(11).normal(0, 1.3, (4, 2, 8))
    log = -((z[:, None, None] - places) ** 2).sum(-1) / (2 * 0.7**2 * 4)
    chance = np.exp(log - log.max((1, 2), keepdims=True)).sum(2)
    return cut(z, chance / chance.sum(1, keepdims=True))


def parity(seed: int) -> Rows:
    """6 numbers; the class says whether the first two, and whether the next two, are of one sign."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.3, 1.6, (1400, 6)) * rng.choice([-1.0, 1.0], (1400, 6))
    sign = x > 0
    return cut(x, 2 * (sign[:, 0] ^ sign[:, 1]) + (sign[:, 2] ^ sign[:, 3]).astype(int))


def quantiles(seed: int) -> Rows:
    """5 normal numbers; 3 classes of equal size by their distance from the middle."""
    x, y = datasets.make_gaussian_quantiles(n_samples=1600, n_features=5, n_classes=3, random_state=seed)
    order = np.random.default_rng(seed).permutation(1600)
    return cut(x[order], y[order])


def fan(seed: int) -> Rows:
    """A plane; 5 classes by the angle, which turns with the distance."""
    rng = np.random.default_rng(seed)
    y, far = rng.integers(0, 5, 1500), rng.uniform(0.5, 2.0, 1500)
    angle = (y + rng.normal(0.5, 0.17, 1500)) * 2 * math.pi / 5 + 0.7 * far
    return cut(np.stack([far * np.cos(angle), far * np.sin(angle)], 1), y)


def orders(seed: int) -> Rows:
    """A shop's orders: 3 columns of category codes, 5 numbers; sent back or not, as a float of shape (N, 1): 1 in 4."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, levels, 1800) for levels in (12, 6, 4)], 1)
    numbers = rng.normal(size=(1800, 5))
    fixed = np.random.default_rng(21)
    worth = [fixed.normal(0, 1.6, levels) for levels in (12, 6, 4)]
    score = sum(w[codes[:, i]] for i, w in enumerate(worth)) + 1.5 * numbers[:, 0] - numbers[:, 1] * numbers[:, 2]
    y = score + rng.normal(0, 0.3, 1800) > np.quantile(score, 0.75)
    return cut(np.concatenate([codes, numbers], 1), y.astype(float)[:, None])


def twins(seed: int) -> Rows:
    """Two rows of 10 numbers; 1 where both come from one of 5 families, as a float of shape (N, 1)."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(31).normal(0, 1.2, (5, 10))
    first, same = rng.integers(0, 5, 2000), rng.integers(0, 2, 2000)
    second = np.where(same == 1, first, (first + rng.integers(1, 5, 2000)) % 5)
    x = middles[np.stack([first, second], 1)] + rng.normal(0, 0.55, (2000, 2, 10))
    return cut(x, same.astype(float)[:, None])


def chords(seed: int) -> Rows:
    """A spectrum of 40 bins; which of 6 notes, each with overtones, are in it."""
    rng = np.random.default_rng(seed)
    y = (rng.uniform(size=(1400, 6)) < 0.35).astype(float)
    notes = np.zeros((6, 40))
    for note in range(6):
        for overtone in (1, 2, 3):
            notes[note] += np.exp(-((np.arange(40) - (4 + 1.7 * note) * overtone) ** 2) / 1.5) / overtone
    x = (y * rng.uniform(0.6, 1.4, y.shape)) @ notes + rng.normal(0, 0.08, (1400, 40))
    return cut(x, y)


def clouds(seed: int) -> Rows:
    """14 points of the plane in any order; are they a ring, a cross or two heaps? Shape (N, 14, 2)."""
    rng = np.random.default_rng(seed)
    y, turn = rng.integers(0, 3, 1400), rng.uniform(0, math.pi, (1400, 1))
    angle, along = rng.uniform(0, 2 * math.pi, (1400, 14)), rng.uniform(-1.3, 1.3, (1400, 14))
    side = rng.integers(0, 2, (1400, 14))
    ring = np.stack([np.cos(angle), np.sin(angle)], -1)
    way = turn + side * math.pi / 2
    cross = np.stack([along * np.cos(way), along * np.sin(way)], -1)
    heaps = np.stack([(2 * side - 1) * np.cos(turn), (2 * side - 1) * np.sin(turn)], -1)
    x = np.choose(y[:, None, None], [ring, cross, heaps]) + rng.normal(0, 0.15, (1400, 14, 2))
    return cut(x, y)


# Values ---------------------------------------------------------------------------------------------------------------


def circuit(seed: int) -> Rows:
    """Friedman's second function: the impedance of a circuit, of ohms, hertz and farads."""
    x, y = datasets.make_friedman2(1300, noise=20.0, random_state=seed)
    return cut(x, y[:, None])


def roll(seed: int) -> Rows:
    """A rolled-up sheet in space; how far along the sheet a point lies, standardised."""
    x, t = datasets.make_swiss_roll(1400, noise=0.2, random_state=seed)
    return cut(x, ((t - 9.4) / 2.7)[:, None])


def arm(seed: int) -> Rows:
    """3 angles of a robot's arm; where its hand is, two values."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.6, 1.6, (1400, 3))
    angle = np.cumsum(x, 1)
    length = np.array([1.0, 0.7, 0.4])
    y = np.stack([(length * np.cos(angle)).sum(1), (length * np.sin(angle)).sum(1)], 1)
    return cut(x, y + rng.normal(0, 0.03, y.shape))


def regimes(seed: int) -> Rows:
    """6 numbers; one value, the greater of two planes less the greater of two others."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1600, 6))
    planes = np.random.default_rng(41).normal(0, 0.7, (4, 6))
    a, b, c, d = (x @ planes.T).T
    return cut(x, (np.maximum(a, b) - np.maximum(c, d) + rng.normal(0, 0.1, 1600))[:, None])


def calls(seed: int) -> Rows:
    """6 numbers of an hour at a call centre; how many called, a count."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1500, 6))
    mean = np.exp(1.6 + 0.5 * x[:, 0] - 0.4 * np.abs(x[:, 1]) + 0.35 * np.sin(2 * x[:, 2]))
    return cut(x, rng.poisson(mean).astype(float)[:, None])


def gusts(seed: int) -> Rows:
    """4 numbers; a value whose noise depends on them."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.7, 1.7, (1500, 4))
    y = np.sin(1.8 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + rng.normal(size=1500) * np.exp(0.6 * x[:, 3] - 1.8)
    return cut(x, y[:, None])


def ratings(seed: int) -> Rows:
    """Codes of 50 people and 40 films; how they liked it, about standardised."""
    rng = np.random.default_rng(seed)
    fixed = np.random.default_rng(51)
    people, films = fixed.normal(size=(50, 3)), fixed.normal(size=(40, 3))
    x = np.stack([rng.integers(0, 50, 3000), rng.integers(0, 40, 3000)], 1)
    y = (people[x[:, 0], 1:] * films[x[:, 1], 1:]).sum(1) * 0.45 + 0.5 * people[x[:, 0], 0] + 0.5 * films[x[:, 1], 0]
    return cut(x, (y + rng.normal(0, 0.15, 3000))[:, None])


def molecules(seed: int) -> Rows:
    """8 atoms with 3 marks each and their bonds, (N, 8, 3 + 8); an energy that bonded marks make."""
    rng = np.random.default_rng(seed)
    marks = rng.normal(size=(1400, 8, 3))
    bonds = np.triu(rng.uniform(size=(1400, 8, 8)) < 0.3, 1)
    bonds = (bonds | bonds.transpose(0, 2, 1)).astype(float)
    y = np.einsum("nij,nj->n", bonds, np.tanh(marks[..., 0])) / 4 + np.abs(marks[..., 1]).mean(1) * 2 - 1.6
    return cut(np.concatenate([marks, bonds], 2), y[:, None])


def tides(seed: int) -> Rows:
    """30 readings of two gauges; the first gauge's next three. Shape (N, 30, 2)."""
    rng = np.random.default_rng(seed)
    t = rng.uniform(0, 500, (1300, 1)) + np.arange(33)
    level = np.sin(0.51 * t) + 0.5 * np.sin(0.26 * t + 0.5)
    wind = np.cos(0.51 * t) + rng.normal(0, 0.2, t.shape)
    x = np.stack([level, wind], -1) + rng.normal(0, 0.05, (*t.shape, 2))
    return cut(x[:, :30], x[:, 30:, 0])


# Pictures -------------------------------------------------------------------------------------------------------------


def _drawn(kind: np.ndarray, rng: np.random.Generator, size: int = 12) -> np.ndarray:
    rows = len(kind)
    i, j = np.mgrid[0:size, 0:size]
    ci, cj = (rng.uniform(4.2, size - 5.2, (rows, 1, 1)) for _ in range(2))
    r = rng.uniform(2.6, 4.0, (rows, 1, 1))
    di, dj = i - ci, j - cj
    far, square = np.hypot(di, dj), np.maximum(np.abs(di), np.abs(dj))
    shapes = [
        far < r, np.abs(far - r) < 0.8, np.abs(square - r) < 0.7, (np.minimum(np.abs(di), np.abs(dj)) < 0.8) & (square < r + 0.5),
        (np.abs(np.abs(di) - np.abs(dj)) < 1.0) & (square < r), (np.abs(di) < 1.2) & (np.abs(dj) < r + 0.5),
        (np.abs(dj) < 1.2) & (np.abs(di) < r + 0.5), (square < r) & (di > dj),
    ]  # fmt: skip
    return np.choose(kind[:, None, None], shapes).astype(float)


def _pictures(seed: int, kinds: range, rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, len(kinds), rows)
    x = rng.uniform(0.6, 1.0, (rows, 1, 1)) * _drawn(y + kinds.start, rng) + rng.normal(0, 0.12, (rows, 12, 12))
    return x[:, None], y


def glyphs(seed: int) -> Rows:
    """Grey pictures of 12 x 12 with one of 5 figures somewhere: disc, ring, frame, plus, cross; about 0 to 1."""
    return cut(*_pictures(seed, range(5), 1100))


def bars(seed: int) -> Rows:
    """Few grey pictures of 4 other figures: cross, lying bar, standing bar, wedge. For bodies that know `glyphs`."""
    return cut(*_pictures(seed + 900, range(4, 8), 600))


def flags(seed: int) -> Rows:
    """Flags in two colours, 3 x 10 x 10, 0 to 255: halves, across or along, aslant, a disc, or a border."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 5, 1000)
    i, j = np.mgrid[0:10, 0:10]
    at = rng.integers(-1, 2, (1000, 1, 1))
    edge = np.maximum(np.abs(i - 4.5), np.abs(j - 4.5))
    far = np.hypot(i - 4.5 - at, j - 4.5)
    part = np.choose(y[:, None, None], [i < 5 + at, j < 5 + at, i + at < j, far < 3, edge > 3.2 + 0.3 * at])
    colours = rng.uniform(0, 1, (1000, 2, 3, 1, 1))
    colours[:, 1] = (colours[:, 0] + rng.choice([0.35, 0.5, 0.65], (1000, 3, 1, 1))) % 1
    x = np.where(part[:, None], colours[:, 0], colours[:, 1]) + rng.normal(0, 0.04, (1000, 3, 10, 10))
    return cut(255 * x.clip(0, 1), y)


def cells(seed: int) -> Rows:
    """Noisy pictures of 12 x 12 with two discs; the targets are the discs' masks, floats of shape (N, 1, 12, 12)."""
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[0:12, 0:12]
    mask = np.zeros((600, 12, 12), bool)
    for _ in range(2):
        ci, cj, r = (rng.uniform(low, high, (600, 1, 1)) for low, high in ((2, 10), (2, 10), (1.6, 3.0)))
        mask |= np.hypot(i - ci, j - cj) < r
    slope = rng.normal(0, 0.05, (600, 1, 1)) * (i - 5.5)
    x = mask * rng.uniform(0.8, 1.6, (600, 1, 1)) + slope + rng.normal(0, 0.25, (600, 12, 12))
    return cut(x[:, None], mask.astype(float)[:, None])


# Sequences ------------------------------------------------------------------------------------------------------------


def gait(seed: int) -> Rows:
    """40 readings of acceleration along 3 axes; walking, running, stairs or rest. Shape (N, 40, 3)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, 1000)
    pace = np.array([0.45, 0.8, 0.45, 0.3])[y][:, None] * rng.uniform(0.9, 1.1, (1000, 1))
    t = np.arange(40) * pace + rng.uniform(0, 6.28, (1000, 1))
    lift = np.array([1.0, 1.3, 0.5, 0.1])[y][:, None]
    tilt = np.array([0.0, 0.2, 0.8, 0.0])[y][:, None]
    x = np.stack([lift * np.sin(t), lift * np.abs(np.sin(t / 2)) - 0.5, tilt * np.sin(t / 2) + 0.5 * tilt], -1)
    return cut(x + rng.normal(0, 0.25, x.shape), y)


def motifs(seed: int) -> Rows:
    """36 letters out of 4, in which one of 4 words of 6 letters stands somewhere."""
    rng = np.random.default_rng(seed)
    words = np.array([[0, 1, 2, 3, 0, 2], [3, 3, 1, 0, 2, 1], [2, 0, 0, 1, 3, 3], [1, 2, 3, 3, 1, 0]])
    x, y = rng.integers(0, 4, (1500, 36)), rng.integers(0, 4, 1500)
    places = rng.integers(0, 31, 1500)
    x[np.arange(1500)[:, None], places[:, None] + np.arange(6)] = words[y]
    return cut(x, y)


def brackets(seed: int) -> Rows:
    """18 tokens: brackets that open and close, and 4 others; how deep they go, 1 to 4 less one."""
    rng = np.random.default_rng(seed)
    goal = rng.integers(1, 5, 1600)
    x, depth, deepest = rng.integers(2, 6, (1600, 18)), np.zeros(1600, int), np.zeros(1600, int)
    for t in range(18):
        kind = rng.uniform(size=1600)
        left = 18 - t
        need = goal - depth
        opens = ((kind < 0.45) | (need >= left - 2)) & (depth < goal) & (deepest < goal)
        closes = (kind > 0.65) & (depth > 0) & ~opens
        x[opens, t], x[closes, t] = 0, 1
        depth += opens.astype(int) - closes.astype(int)
        deepest = np.maximum(deepest, depth)
    return cut(x, np.maximum(deepest, 1) - 1)


def opinions(seed: int) -> Rows:
    """16 tokens out of 30: kind words, harsh words, "not" that turns the next one round, others; kind on the whole?"""
    rng = np.random.default_rng(seed)
    x = rng.integers(12, 30, (1700, 16))
    at = np.argsort(rng.uniform(size=(1700, 8)), 1)[:, :4] * 2
    kind = rng.integers(0, 2, (1700, 4))
    kind[:, 3] = np.where(np.isin(kind[:, :3].sum(1), (0, 3)), kind[:, 3], kind[:, 0])
    turned = rng.uniform(size=(1700, 4)) < 0.4
    rows = np.arange(1700)[:, None]
    x[rows, at + 1] = rng.integers(0, 5, (1700, 4)) + 5 * kind
    x[rows, at] = np.where(turned, rng.integers(10, 12, (1700, 4)), x[rows, at])
    worth = np.where(turned, -1, 1) * (2 * kind - 1)
    keep = worth.sum(1) != 0
    return cut(x[keep], (worth.sum(1) > 0).astype(float)[keep, None])


def ladders(seed: int) -> Rows:
    """15 tokens out of 11, each the one before plus a step of its row's own, around the clock; targets: the next ones."""
    rng = np.random.default_rng(seed)
    x = (rng.integers(0, 11, (1300, 1)) + rng.integers(1, 5, (1300, 1)) * np.arange(16)) % 11
    return cut(x[:, :-1], x[:, 1:])


def echoes(seed: int) -> Rows:
    """14 tokens out of 8; the targets are the tokens two places before, 0 where there is none."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 8, (1100, 14))
    return cut(x, np.concatenate([np.zeros((1100, 2), int), x[:, :-2]], 1))


# Their own targets ----------------------------------------------------------------------------------------------------


def _mirrored(x: np.ndarray) -> Rows:
    return cut(x, x.copy())


def pulses(seed: int) -> Rows:
    """Curves of 40 points: a bump of any height, place and width on a slope; their own targets."""
    rng = np.random.default_rng(seed)
    t = np.linspace(-1, 1, 40)
    high, place, wide, slope = (
        rng.uniform(low, top, (1400, 1)) for low, top in ((0.5, 1.5), (-0.6, 0.6), (0.15, 0.4), (-0.5, 0.5))
    )
    return _mirrored(high * np.exp(-(((t - place) / wide) ** 2)) + slope * t + rng.normal(0, 0.03, (1400, 40)))


def dots(seed: int) -> Rows:
    """Pictures of 8 x 8 with a soft stroke at any angle, 0 to 1, shape (N, 1, 8, 8); their own targets."""
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[0:8, 0:8] - 3.5
    turn, off = rng.uniform(0, math.pi, (900, 1, 1)), rng.uniform(-2, 2, (900, 1, 1))
    x = np.exp(-((i * np.cos(turn) + j * np.sin(turn) - off) ** 2) / 1.5) + rng.normal(0, 0.02, (900, 8, 8))
    return _mirrored(x[:, None])


def crescent(seed: int) -> Rows:
    """Points of half a ring, for a generator to imitate; their own targets."""
    rng = np.random.default_rng(seed)
    angle, far = rng.uniform(0, math.pi, 2000), 1.2 + rng.normal(0, 0.08, 2000)
    return _mirrored(np.stack([far * np.cos(angle), far * np.sin(angle) - 0.7], 1))


@functools.cache
def known_glyphs() -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures of all first five figures on which a body is trained beforehand."""
    x, y = _pictures(4321, range(5), 800)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y)
