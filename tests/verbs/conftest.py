"""One small trained run that several verbs are tried on."""

import numpy as np
import polars as pl
import pytest

import glasswork as gw


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Return a table's path and its run: two classes, two inputs, trained for one epoch."""
    place = tmp_path_factory.mktemp("small")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 2))
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": np.where(x[:, 0] > 0, "yes", "no")}).write_csv(place / "t.csv")
    run = gw.train(
        place / "t.csv", target="y", out=place / "runs", model={"hidden": [8]}, training={"epochs": 4},
        evaluation={"bootstrap": 20}, quiet=True,
    )  # fmt: skip
    return place / "t.csv", run
