"""Evaluate: the run's own figures again, other data, and words when the data is not the same any more."""

import io

import polars as pl
import pytest

from glasswork.errors import DataError, UsageError
from glasswork.verbs import Console, evaluate


def test_its_own_part_gives_its_own_figures(small):
    _, run = small
    again = evaluate(run.path)
    for name, figure in run.evaluation["metrics"].items():
        assert again["metrics"][name]["value"] == pytest.approx(figure["value"], rel=1e-6), name
    assert again["primary"] == run.evaluation["primary"]
    assert (again["part"], evaluate(run.path, part="train")["part"]) == ("test", "train")


def test_other_data_by_hand(small, tmp_path):
    path, run = small
    right = pl.read_csv(path).with_columns(y=run.predict(path)["prediction"])
    right.write_csv(tmp_path / "right.csv")
    assert evaluate(run.path, tmp_path / "right.csv")["metrics"]["accuracy"]["value"] == 1.0
    wrong = right.with_columns(y=pl.when(pl.col("y") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes")))
    wrong.write_csv(tmp_path / "wrong.csv")
    assert evaluate(run.path, tmp_path / "wrong.csv")["metrics"]["accuracy"]["value"] == 0.0


def test_figures_are_said_one_a_line(small):
    out = io.StringIO()
    result = evaluate(small[1].path, console=Console(results=out))
    assert [line.split()[0] for line in out.getvalue().splitlines()] == list(result["metrics"])


def test_refusals(small):
    path, run = small
    with pytest.raises(UsageError, match="part must be one of test, valid, train, got 'rest'"):
        evaluate(run.path, part="rest")
    text = path.read_text()
    try:
        path.write_text(text + "0.5,0.5,yes\n")
        with pytest.raises(DataError, match="has changed since the run; name the data"):
            evaluate(run.path)
    finally:
        path.write_text(text)
