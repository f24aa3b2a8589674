import json

import numpy as np
import polars as pl
import pytest

from glasswork.data.contract import Contract, SeriesFacts
from glasswork.data.dataset import Examples, Prepared
from glasswork.errors import DataError
from glasswork.evaluation import Threshold, evaluate_part, evaluate_predictions


def contract(task="classification", **facts):
    return Contract(kind=facts.pop("kind", "table"), task=task, sources=(), sha256="", rows=4, **facts)


BINARY = contract(classes=("no", "yes"), positive="yes")
PROBABILITIES = np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.1, 0.9]])
TARGETS = np.array([0, 1, 0, 1])


def test_classification_is_plain_json():
    found = evaluate_predictions("classification", BINARY, {"probabilities": PROBABILITIES}, TARGETS)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["metrics"]["accuracy"]["value"] == 0.75
    assert found["metrics"]["accuracy"]["low"] <= 0.75 <= found["metrics"]["accuracy"]["high"]
    assert found["confusion"] == [[2, 0], [1, 1]]
    assert found["worst"][0]["row"] == 2
    assert found["worst"][0] | {"loss": 0} == {
        "row": 2, "target": "yes", "prediction": "no", "probability": 0.6, "loss": 0
    }  # fmt: skip
    assert {"task", "part", "count", "primary", "threshold", "per_class", "calibration"} <= set(found)


def test_a_tuned_threshold_decides_and_one_half_is_reported_beside_it():
    found = evaluate_predictions(
        "classification", BINARY, {"probabilities": PROBABILITIES}, TARGETS, threshold=Threshold(0.3, "f1")
    )
    assert found["metrics"]["accuracy"]["value"] == 1.0
    assert found["threshold"]["at_half"]["accuracy"] == 0.75
    assert found["threshold"]["at_tuned"]["accuracy"] == 1.0
    assert found["threshold"]["maximises"] == "f1"
    assert found["threshold"]["positive"] == "yes"


def test_intervals_can_be_left_out():
    found = evaluate_predictions("classification", BINARY, {"probabilities": PROBABILITIES}, TARGETS, bootstrap=0)
    assert found["metrics"]["accuracy"] == {"value": 0.75}


def test_a_task_object_brings_its_name_and_primary():
    class Task:
        name, primary = "classification", "average_precision"

    found = evaluate_predictions(Task(), BINARY, {"probabilities": PROBABILITIES}, TARGETS)
    assert found["primary"] == "average_precision"


def test_regression_of_two_targets():
    facts = contract("regression", targets=("a", "b"))
    values = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    targets = values + np.array([[0.0, 0.0], [0.0, 9.0], [0.5, 0.0]])
    found = evaluate_predictions("regression", facts, {"values": values}, targets)
    assert [summary["target"] for summary in found["residuals"]] == ["a", "b"]
    assert found["worst"][0]["of"] == "b"
    assert found["worst"][0]["error"] == 9.0


def test_language_by_position():
    nats = np.array([[3.0, 1.0], [5.0, 1.0]])
    samples = [{"prompt": "a", "text": "b"}]
    facts = contract("language-modelling", kind="corpus")
    found = evaluate_predictions("language-modelling", facts, {"nats": nats}, None, samples=samples)
    assert found["positions"] == [4.0, 1.0]
    assert found["count"] == 4
    assert found["metrics"]["nats_per_token"]["value"] == 2.5
    assert found["samples"] == samples


def test_a_part_of_prepared_rows():
    rows = pl.DataFrame({"file": ["f"] * 4, "row": [10, 20, 30, 40]})
    examples = Examples(BINARY, {"numbers": np.zeros((4, 1))}, TARGETS, rows, ("w", "x", "y", "z"))
    prepared = Prepared(examples, {"train": np.array([0]), "valid": np.array([1]), "test": np.array([2, 3])})
    found = evaluate_part("classification", prepared, {"probabilities": PROBABILITIES[1:3]}, part="test")
    assert found["count"] == 2
    assert found["worst"][0]["row"] == 40
    assert found["worst"][0]["text"] == "z"


def test_a_part_of_a_prepared_series():
    series = np.arange(30, dtype=np.float32)[:, None]
    facts = contract("forecasting", kind="series", targets=("a",), series=SeriesFacts(past=3, horizon=2))
    prepared = Prepared(
        Examples(facts, {"series": series}, None, pl.DataFrame()),
        {"train": np.arange(3, 17), "valid": np.arange(18, 22), "test": np.arange(22, 28)},
    )
    values = series[np.arange(22, 28)[:, None] + np.arange(2)] + 1.0
    found = evaluate_part("forecasting", prepared, {"values": values})
    deviation = np.std(np.arange(18))  # the last training window ends with row 17
    assert found["metrics"]["mae"]["value"] == pytest.approx(1 / deviation)
    assert found["metrics"]["mae_units"]["value"] == pytest.approx(1.0)
    assert len(found["horizons"]) == 2


def test_refusals():
    with pytest.raises(DataError, match="expected targets to compare with, got None"):
        evaluate_predictions("classification", BINARY, {"probabilities": PROBABILITIES}, None)
    with pytest.raises(DataError, match="got an empty part"):
        evaluate_predictions("classification", BINARY, {"probabilities": PROBABILITIES[:0]}, TARGETS[:0])
