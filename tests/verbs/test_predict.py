"""Predict: one row an example in the data's order, decided as the run decided; files are not overwritten."""

import polars as pl
import pytest

import glasswork as gw
from glasswork.errors import UsageError
from glasswork.verbs import predict, write_predictions


def test_rows_follow_the_data_and_probabilities_add_up(small):
    path, run = small
    table = pl.read_csv(path)
    frame = predict(run.path, path)
    assert frame["row"].to_list() == list(range(1, 151))
    chances = frame.select(pl.selectors.float())
    assert chances.sum_horizontal().to_numpy() == pytest.approx(1.0, abs=1e-6)
    turned = predict(run.path, table.reverse().select("b", "a"))
    assert turned["prediction"].to_list() == frame["prediction"].to_list()[::-1]


def test_the_run_s_threshold_decides(small):
    path, run = small
    before = run.folder.read_json("evaluation.json")
    try:
        run.folder.write_json("evaluation.json", {**before, "threshold": {"positive": "yes", "value": 0.0}})
        assert set(predict(run.path, path)["prediction"]) == {"yes"}
        run.folder.write_json("evaluation.json", {**before, "threshold": {"positive": "yes", "value": 1.1}})
        assert set(predict(run.path, path)["prediction"]) == {"no"}
    finally:
        run.folder.write_json("evaluation.json", before)


def test_its_test_examples_are_predicted_as_they_were_judged(small):
    path, run = small
    judged = pl.read_parquet(run.path / "predictions.parquet")
    again = predict(run.path, path).join(judged.select("row", judged="prediction"), on="row", how="inner")
    assert again.height == judged.height
    assert again["prediction"].to_list() == again["judged"].to_list()


def test_refusals(small, tmp_path):
    _, run = small
    with pytest.raises(UsageError, match="predict needs data"):
        predict(run.path)
    with pytest.raises(UsageError, match="--prompt is for language models"):
        predict(run.path, prompt="la")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_is_written_once_unless_forced(suffix, tmp_path):
    frame = pl.DataFrame({"row": [1, 2], "prediction": ["a", "b"]})
    path = tmp_path / f"out{suffix}"
    write_predictions(frame, path)
    read = pl.read_parquet if suffix == ".parquet" else pl.read_csv
    assert read(path).equals(frame)
    with pytest.raises(UsageError, match="--force to overwrite"):
        write_predictions(frame, path)
    write_predictions(frame.head(1), path, force=True)
    assert read(path).height == 1
    with pytest.raises(UsageError, match="could not be written"):
        write_predictions(frame, tmp_path / "nowhere" / f"out{suffix}")


def test_a_run_predicts_like_the_verb(small):
    path, run = small
    assert gw.open_run(run.path).predict(path).equals(predict(run.path, path))
