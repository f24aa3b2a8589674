"""Small prepared data of each kind, with an answer that is known."""

import numpy as np
import polars as pl
import pytest

from glasswork.data.contract import CategoryColumn, Contract, ImageFacts, SeriesFacts, TokenFacts
from glasswork.data.dataset import Examples, Prepared, Ragged


def contract(kind, task, rows, **facts):
    return Contract(kind=kind, task=task, sources=(), sha256="", rows=rows, **facts)


def parts(count, *, seed=0):
    order = np.random.default_rng(seed).permutation(count)
    cuts = [int(0.6 * count), int(0.8 * count)]
    return dict(zip(("train", "valid", "test"), map(np.sort, np.split(order, cuts)), strict=True))


def table(task="classification", count=400, classes=("no", "yes")):
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=(count, 3)).astype(np.float32)
    codes = rng.integers(0, 4, size=(count, 1))
    signal = 2 * numbers[:, 0] + 3.0 * (codes[:, 0] == 2)
    numbers[rng.random((count, 3)) < 0.05] = np.nan
    facts = {"numbers": ("a", "b", "c"), "codes": (CategoryColumn(name="k", categories=("x", "y", "z")),)}
    if task == "classification":
        targets = np.digitize(signal, np.quantile(signal, np.linspace(0, 1, len(classes) + 1)[1:-1]))
        facts |= {"classes": tuple(classes), "targets": ("t",)}
    else:
        targets, facts = signal[:, None].astype(np.float32), facts | {"targets": ("t",)}
    examples = Examples(
        contract("table", task, count, **facts), {"numbers": numbers, "codes": codes}, targets, pl.DataFrame()
    )
    return Prepared(examples, parts(count))


def images(count=300, side=8, channels=1):
    rng = np.random.default_rng(2)
    targets = rng.integers(0, 3, count)
    pixels = rng.integers(0, 80, size=(count, side, side, channels)).astype(np.uint8)
    pixels[np.arange(count), :, targets * side // 3] += 120  # a bright column whose place is the class
    facts = contract(
        "images", "classification", count, classes=("a", "b", "c"),
        image=ImageFacts(height=side, width=side, channels=channels),
    )  # fmt: skip
    return Prepared(Examples(facts, {"pixels": pixels}, targets, pl.DataFrame()), parts(count))


def texts(count=300, *, words=True):
    rng = np.random.default_rng(3)
    targets = rng.integers(0, 2, count)
    told = tuple(" ".join([*rng.choice(["the", "of", "and", "it"], 5), "good" if y else "bad"]) for y in targets)
    flat = np.concatenate([np.array([*rng.integers(2, 6, 5), 6 + y], dtype=np.int32) for y in targets])
    tokens = Ragged(flat, np.arange(count + 1) * 6)
    facts = contract(
        "text", "classification", count, classes=("bad", "good"),
        tokens=TokenFacts(level="word", vocabulary=tuple("abcdef")),
    )  # fmt: skip
    return Prepared(Examples(facts, {"tokens": tokens}, targets, pl.DataFrame(), told if words else None), parts(count))


def series(length=400, past=24, horizon=6, season=12):
    time = np.arange(length)
    values = np.stack([np.sin(2 * np.pi * time / 12), 5 * np.cos(2 * np.pi * time / 12) + 100], axis=1)
    values = (values + np.random.default_rng(4).normal(size=values.shape) * 0.05).astype(np.float32)
    facts = contract(
        "series", "forecasting", length, targets=("a", "b"),
        series=SeriesFacts(past=past, horizon=horizon, season=season),
    )  # fmt: skip
    cuts = {
        "train": np.arange(past, 250 - horizon),
        "valid": np.arange(250, 320 - horizon),
        "test": np.arange(320, length - horizon),
    }
    return Prepared(Examples(facts, {"series": values}, None, pl.DataFrame()), cuts)


def corpus(length=6000, context=16):
    tokens = np.tile(np.array([2, 3, 4, 2, 3, 5], dtype=np.int32), length // 6)  # after 2, 3: 4 and 5 in turn
    facts = contract(
        "corpus",
        "language-modelling",
        length,
        tokens=TokenFacts(level="char", vocabulary=tuple("abcd"), context=context),
    )
    starts = np.arange(0, length - context - 1, context)
    cuts = dict(zip(("train", "valid", "test"), np.split(starts, [250, 300]), strict=True))
    return Prepared(Examples(facts, {"tokens": tokens}, None, pl.DataFrame()), cuts)


MAKERS = {"table": table, "images": images, "text": texts, "series": series, "corpus": corpus}


@pytest.fixture
def make():
    """Return the makers of prepared data by kind."""
    return MAKERS
