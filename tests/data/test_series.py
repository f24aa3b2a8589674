"""Time series as windows."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasswork.data import DataOptions, SplitOptions, encode, inspect, prepare
from glasswork.data.series import encode_series, prepare_series, windows
from glasswork.errors import DataError, GlassworkError

START = dt.datetime(2024, 1, 1)


def hourly(count, **columns):
    times = [START + dt.timedelta(hours=i) for i in range(count)]
    return pl.DataFrame({"when": times, **(columns or {"load": [float(i) for i in range(count)]})})


def write(frame, path):
    frame.write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")
    return str(path)


def faults(prepared):
    return {finding.fault: finding for finding in prepared.findings}


def test_windows_by_hand(tmp_path):
    path = write(hourly(100), tmp_path / "a.csv")
    prepared = prepare_series(DataOptions(paths=(path,), past=6, horizon=3))
    assert prepared.parts["train"].tolist() == list(range(6, 68))  # rows 0..69: the last future is 67, 68, 69
    assert prepared.parts["valid"].tolist() == list(range(70, 78))
    assert prepared.parts["test"].tolist() == list(range(80, 98))
    facts = prepared.contract.series
    assert (facts.past, facts.horizon, facts.time, facts.step, facts.season) == (6, 3, "when", "1h", 24)
    assert prepared.contract.targets == ("load",)
    series = prepared.examples.inputs["series"]
    assert series.dtype == np.float32
    assert series[:3, 0].tolist() == [0, 1, 2]
    assert prepared.examples.rows["time"][1] == "2024-01-01 01:00:00"


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 20), st.integers(1, 20))
def test_no_window_leaves_its_part(start, length, past, horizon):
    stop = start + length
    for origin in windows(start, stop, past, horizon).tolist():
        assert origin >= start
        assert origin - past >= 0
        assert origin + horizon <= stop


def test_defaults_for_hours():
    assert prepare_lengths(3000) == (336, 24)


def prepare_lengths(count, **options):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = write(hourly(count), Path(folder) / "a.csv")
        facts = prepare_series(DataOptions(paths=(path,), **options)).contract.series
    return facts.past, facts.horizon


def test_defaults_are_bounded_by_the_data():
    assert prepare_lengths(200) == (48, 20)
    assert prepare_lengths(3000, horizon=500)[0] == 336  # two weeks of hours, however far ahead


def test_targets_and_covariates(tmp_path):
    frame = hourly(200, a=[1.0 * i for i in range(200)], b=[2.0 * i for i in range(200)], kind=["x"] * 200)
    path = write(frame, tmp_path / "a.csv")
    prepared = prepare_series(DataOptions(paths=(path,), target="b"))
    assert prepared.contract.targets == ("b",)
    assert prepared.contract.series.covariates == ("a",)
    assert prepared.examples.inputs["series"][1].tolist() == [2, 1]
    assert any("not used" in note and "kind" in note for note in prepared.notes)
    both = prepare_series(DataOptions(paths=(path,)))
    assert both.contract.targets == ("a", "b")


def test_missing_cells_are_filled_from_before_and_their_futures_set_aside(tmp_path):
    load = [float(i) for i in range(200)]
    load[0] = load[50] = load[51] = None
    path = write(hourly(200, load=load), tmp_path / "a.csv")
    prepared = prepare_series(DataOptions(paths=(path,), past=4, horizon=2))
    series = prepared.examples.inputs["series"][:, 0]
    assert series[[0, 50, 51, 52]].tolist() == [1, 49, 49, 52]
    assert sorted(set(range(4, 139)) - set(prepared.parts["train"].tolist())) == [49, 50, 51]
    assert "load 3 of 200 rows" in faults(prepared)["missing-values"].evidence
    assert any("3 windows were set aside" in note for note in prepared.notes)


def test_unsorted_rows_are_sorted(tmp_path):
    frame = hourly(100)
    path = write(pl.concat([frame[50:], frame[:50]]), tmp_path / "a.csv")
    prepared = prepare_series(DataOptions(paths=(path,), past=4, horizon=2))
    assert prepared.examples.inputs["series"][:, 0].tolist() == list(range(100))
    assert "row 51" in faults(prepared)["unsorted-time"].evidence
    assert prepared.examples.rows["row"][0] == 51


def test_gaps_are_found(tmp_path):
    frame = hourly(120)
    path = write(pl.concat([frame[:30], frame[35:]]), tmp_path / "a.csv")
    finding = faults(prepare_series(DataOptions(paths=(path,), past=4, horizon=2)))["time-gaps"]
    assert "2024-01-02 05:00:00 to 2024-01-02 11:00:00" in finding.evidence
    assert "about 5 rows" in finding.evidence


def test_repeated_times(tmp_path):
    frame = hourly(150)
    few = write(pl.concat([frame[:31], frame[30:]]), tmp_path / "few.csv")
    prepared = prepare_series(DataOptions(paths=(few,), past=4, horizon=2))
    assert prepared.contract.rows == 150
    assert "duplicate-times" in faults(prepared)
    many = write(pl.concat([frame, frame]), tmp_path / "many.csv")
    with pytest.raises(DataError, match="several series"):
        prepare_series(DataOptions(paths=(many,)))


def test_counted_and_absent_time(tmp_path):
    counted = tmp_path / "counted.csv"
    counted.write_text("step,y\n" + "".join(f"{10 * i},{i % 7}.5\n" for i in range(80)))
    facts = prepare_series(DataOptions(paths=(str(counted),)))
    assert facts.contract.series.time == "step"
    assert facts.contract.series.step == "10"
    bare = tmp_path / "bare.csv"
    bare.write_text("x,y\n" + "".join(f"{i % 5}.5,{i % 7}.5\n" for i in range(80)))
    prepared = prepare_series(DataOptions(paths=(str(bare),)))
    assert prepared.contract.series.time is None
    assert prepared.contract.targets == ("x", "y")
    assert any("order of the rows" in note for note in prepared.notes)


def test_fixed_test_file(tmp_path):
    frame = hourly(150)
    first, second = write(frame[:100], tmp_path / "a.csv"), write(frame[100:], tmp_path / "b.csv")
    prepared = prepare_series(DataOptions(paths=(first,), test=second, past=4, horizon=2))
    assert prepared.parts["test"].tolist() == list(range(100, 149))
    assert prepared.parts["valid"][-1] == 98
    with pytest.raises(DataError, match="must come after"):
        prepare_series(DataOptions(paths=(second,), test=first, past=4, horizon=2))


def test_encode(tmp_path):
    contract = prepare_series(DataOptions(paths=(write(hourly(200), tmp_path / "a.csv"),), past=6, horizon=3)).contract
    examples = encode(contract, write(hourly(7), tmp_path / "b.csv"))
    assert len(examples) == 7
    assert encode_series(contract, hourly(6)).inputs["series"].shape == (6, 1)
    with pytest.raises(DataError, match=r"at least 6 rows \(past 6\) were expected, got 5"):
        encode_series(contract, hourly(5))
    with pytest.raises(DataError, match=r"at least 9 rows \(past 6 \+ horizon 3\)"):
        encode_series(contract, hourly(8), need_target=True)
    with pytest.raises(DataError, match="lacks no column 'load'"):
        encode_series(contract, hourly(9, lode=[1.0] * 9))
    daily = hourly(9).with_columns(when=pl.Series([START + dt.timedelta(days=i) for i in range(9)]))
    with pytest.raises(DataError, match="step of 1h apart were expected, as in training, got 1d"):
        encode_series(contract, daily)


@pytest.mark.parametrize(
    ("count", "options", "text"),
    [
        (30, {"past": 40, "horizon": 5}, r"past 40 \+ horizon 5 = 45 rows, got \d+ of 30"),
        (
            100,
            {"past": 4, "horizon": 8, "split": SplitOptions(valid=5)},
            "valid part has 5 rows, fewer than the horizon 8",
        ),
        (100, {"target": "laod"}, "did you mean 'load'"),
        (100, {"target": "when"}, "must be a column of numbers"),
        (100, {"time": "wen"}, "did you mean 'when'"),
        (100, {"split": SplitOptions(how="stratified")}, "mix past and future"),
    ],
)
def test_refusals(tmp_path, count, options, text):
    path = write(hourly(count), tmp_path / "a.csv")
    with pytest.raises(GlassworkError, match=text):
        prepare_series(DataOptions(paths=(path,), **options))


def test_refuses_other_tasks_and_text_alone(tmp_path):
    with pytest.raises(GlassworkError, match="forecasting, not classification"):
        prepare_series(DataOptions(paths=("a.csv",)), "classification")
    words = tmp_path / "words.csv"
    words.write_text("a,b\nx,y\nz,w\n")
    with pytest.raises(DataError, match="no column of numbers"):
        prepare_series(DataOptions(paths=(str(words),), header=True))


def test_constant_column(tmp_path):
    path = write(hourly(100, load=[1.0 * i for i in range(100)], flat=[3.0] * 100), tmp_path / "a.csv")
    assert faults(prepare_series(DataOptions(paths=(path,))))["constant-feature"].where == "column flat"


def test_etth1_as_in_the_benchmarks(shared_data):
    path = shared_data / "timeseries" / "ETTh1.csv.gz"
    split = SplitOptions(train=8640, valid=2880, test=2880)
    prepared = prepare(DataOptions(paths=(str(path),), past=336, horizon=96, split=split), task="forecasting")
    assert {name: len(part) for name, part in prepared.parts.items()} == {"train": 8209, "valid": 2785, "test": 2785}
    assert prepared.contract.targets == ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
    assert any("last 3,020 rows are not used" in note for note in prepared.notes)


@pytest.mark.parametrize(
    ("name", "step", "season", "horizon"),
    [
        ("airline-passengers", "1mo", 12, 12),
        ("daily-min-temperatures", "1d", 7, 7),
        ("monthly-sunspots", "1mo", 12, 12),
    ],
)
def test_real_steps(shared_data, name, step, season, horizon):
    inspection = inspect(DataOptions(paths=(str(shared_data / "timeseries" / f"{name}.csv"),)), task="forecasting")
    assert f"a row every {step}" in inspection.facts[0]
    assert any(f"step: {step}, a season of {season}" in note for note in inspection.notes)
    assert any(f"horizon {horizon} rows" in note for note in inspection.notes)


def test_time_in_several_columns(shared_data):
    path = shared_data / "timeseries" / "pollution.csv.gz"
    prepared = prepare_series(DataOptions(paths=(str(path),), target="pm2.5"))
    assert prepared.contract.series.time == "year, month, day, hour"
    assert "No" not in prepared.contract.series.covariates
    assert len(encode_series(prepared.contract, path)) == 43_824


@pytest.mark.parametrize("count", [1, 2, 8])
def test_a_series_shorter_than_its_horizon(count):
    with pytest.raises(DataError, match=f"a series of {count} rows? is too short for a horizon of 8"):
        prepare_lengths(count, horizon=8)


def test_numbers_beyond_float32(tmp_path):
    path = write(hourly(300, load=np.where(np.arange(300) == 7, -1e39, 1.0)), tmp_path / "large.csv")
    with pytest.raises(DataError, match=r"column 'load' holds numbers beyond 3\.4e38"):
        prepare_series(DataOptions(paths=(str(path),), horizon=4))
