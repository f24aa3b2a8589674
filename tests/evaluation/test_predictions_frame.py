import numpy as np
import polars as pl

from glasswork.data.contract import Contract
from glasswork.evaluation import predictions_frame


def contract(task, **facts):
    return Contract(kind=facts.pop("kind", "table"), task=task, sources=(), sha256="", rows=2, **facts)


def test_classes_by_name():
    rows = pl.DataFrame({"file": ["a", "b"], "row": [3, 4], "other": [0, 0]})
    probabilities = np.array([[0.25, 0.75], [1.0, 0.0]], dtype=np.float32)
    decoded = {"probabilities": probabilities, "labels": np.array([1, 0])}
    frame = predictions_frame(contract("classification", classes=("no", "yes")), decoded, np.array([1, 1]), rows=rows)
    assert frame.columns == ["file", "row", "target", "prediction", "probability no", "probability yes"]
    assert frame.rows() == [("a", 3, "yes", "yes", 0.25, 0.75), ("b", 4, "yes", "no", 1.0, 0.0)]


def test_without_targets():
    frame = predictions_frame(contract("regression", targets=("price",)), {"values": np.array([[1.5], [2.5]])})
    assert frame.to_dict(as_series=False) == {"row": [1, 2], "prediction": [1.5, 2.5]}


def test_two_targets_are_named():
    values = np.array([[1.0, 2.0]])
    frame = predictions_frame(contract("regression", targets=("a", "b")), {"values": values}, values)
    assert frame.columns == ["row", "target a", "prediction a", "target b", "prediction b"]


def test_forecasts_have_a_row_for_each_step():
    values = np.arange(6.0).reshape(2, 3, 1)
    facts = contract("forecasting", kind="series", targets=("a",))
    frame = predictions_frame(facts, {"values": values}, values + 1, origins=np.array([50, 51]))
    assert frame["origin"].to_list() == [50, 50, 50, 51, 51, 51]
    assert frame["step"].to_list() == [1, 2, 3, 1, 2, 3]
    assert frame["prediction"].to_list() == [0, 1, 2, 3, 4, 5]
    assert frame["target"].to_list() == [1, 2, 3, 4, 5, 6]


def test_very_many_forecasts_keep_windows_that_do_not_overlap():
    values = np.zeros((6000, 100, 1), dtype=np.float32)
    frame = predictions_frame(contract("forecasting", kind="series", targets=("a",)), {"values": values})
    assert frame["origin"].unique().sort().to_list() == list(range(0, 6000, 100))


def test_windows_of_a_corpus():
    nats = np.array([[1.0, 3.0], [4.0, 4.0]])
    frame = predictions_frame(contract("language-modelling", kind="corpus"), {"nats": nats}, origins=np.array([0, 2]))
    assert frame.to_dict(as_series=False) == {"start": [0, 2], "nats": [2.0, 4.0]}
