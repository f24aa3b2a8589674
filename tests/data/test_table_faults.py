import time

import numpy as np
import polars as pl

from glasswork.data import DataOptions, inspect
from glasswork.data.columns import describe_columns
from glasswork.data.question import recognise_question
from glasswork.data.table import table_of_frame
from glasswork.data.table_faults import find_faults, missing_target


def faults(frame, **options):
    frame = table_of_frame(pl.DataFrame(frame)).frame
    question = recognise_question(frame, DataOptions(**options))
    columns = describe_columns(frame, DataOptions(**options), question.targets, question.task == "classification")
    return [*find_faults(frame, columns, question), *missing_target(frame, question)]


def healthy(count=200, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(count, 2))
    y = (x[:, 0] + generator.normal(size=count) > 0).astype(int)
    return {"a": x[:, 0], "b": x[:, 1], "c": generator.choice(["u", "v", "w"], count), "y": y}


def test_a_healthy_table_has_no_findings():
    assert faults(healthy()) == []


def test_one_clearly_better_column_is_no_leak():
    generator = np.random.default_rng(0)
    y = np.arange(400) % 2
    strong = np.where(generator.random(400) < 0.97, y, 1 - y)
    assert faults({"strong": strong + 0.0, "b": generator.normal(size=400), "y": y}) == []


def test_leaks_of_every_type_are_critical():
    table = healthy()
    y = table.pop("y")
    numbers = {**table, "leak": 3.0 * y + 0.001 * np.arange(200), "y": y}
    words = {**table, "leak": np.where(y == 1, "yes", "no"), "y": y}
    flags = {**table, "leak": y == 1, "y": y}
    for frame in (numbers, words, flags):
        (finding,) = faults(frame)
        assert (finding.fault, finding.severity, finding.where) == ("target-leakage", "critical", "column 'leak'")
        assert finding.treatments[0].changes == {"data.ignore": ["leak"]}
    price = np.random.default_rng(1).gamma(2, 100, 200)
    (finding,) = faults({**table, "cents": price * 100, "price": price})
    assert "squared correlation 1.00000" in finding.evidence


def test_rare_classes():
    found = faults({"x": np.random.default_rng(0).normal(size=300), "y": ["a"] * 280 + ["b"] * 20})
    assert [f.fault for f in found] == ["class-imbalance"]
    assert "Class 'a' has 280 rows, 'b' has 20: 14 times as many" in found[0].evidence
    found = faults({"x": np.random.default_rng(0).normal(size=40), "y": ["a"] * 35 + ["b"] * 5})
    assert [f.fault for f in found] == ["too-few-rows"]
    nine_times = faults({"x": np.random.default_rng(0).normal(size=200), "y": ["a"] * 180 + ["b"] * 20})
    assert nine_times == []


def test_repeated_rows_and_contradictions():
    table = pl.DataFrame(healthy())
    (finding,) = faults(pl.concat([table, table.head(3)]))
    assert finding.fault == "duplicate-rows"
    assert "3 of 203 rows repeat an earlier one (1.5%), such as rows 1 and 201" in finding.evidence
    flipped = table.head(20).with_columns(y=1 - pl.col("y"))
    (finding,) = faults(pl.concat([table, flipped]))
    assert finding.fault == "label-noise"
    assert finding.evidence.startswith("20 rows have the same inputs as another row but a different target")


def test_useless_and_missing_columns():
    table = healthy()
    y = table.pop("y")
    frame = {
        **table,
        "constant": 7,
        "empty": pl.Series([None] * 200, dtype=pl.Float64),
        "row": range(200),
        "name": [f"n{i}" for i in range(200)],
        "sparse": [1.5 * i if i % 20 == 0 else None for i in range(200)],
        "y": y,
    }
    found = {(f.fault, f.where.split("'")[1]) for f in faults(frame)}
    assert found == {
        ("constant-feature", "constant"),
        ("constant-feature", "empty"),
        ("id-like-column", "row"),
        ("id-like-column", "name"),
        ("missing-values", "sparse"),
    }


def test_labels_that_differ_in_case():
    x = np.random.default_rng(0).normal(size=90)
    (finding,) = faults({"x": x, "y": ["Cat", "cat", "dog"] * 30})
    assert finding.fault == "label-noise"
    assert "'Cat', 'cat' differ only in case" in finding.evidence


def test_missing_targets():
    table = pl.DataFrame(healthy()).with_columns(y=pl.when(pl.int_range(200) < 2).then(None).otherwise("y"))
    (finding,) = faults(table)
    assert (finding.fault, finding.severity) == ("missing-target", "note")
    assert "2 of 200 rows have no target (rows 1, 2)" in finding.evidence


def test_titanic_and_adult(shared_data):
    folder = shared_data / "tabular"
    titanic = inspect(DataOptions(paths=(str(folder / "titanic.csv"),), target="survived"))
    assert [f.where for f in titanic.findings if f.severity == "critical"] == ["column 'alive'"]
    start = time.process_time()
    adult = inspect(DataOptions(paths=(str(folder / "adult-train.csv.gz"),), test=str(folder / "adult-test.csv.gz")))
    assert time.process_time() - start < 3
    assert [f.fault for f in adult.findings] == ["duplicate-rows", "duplicate-rows"]
    assert "rows of the test file are in the training file too" in adult.findings[-1].evidence


def test_real_tables_without_leaks(shared_data):
    for name, target in (
        ("penguins.csv", "species"),
        ("diamonds.csv.gz", "price"),
        ("california-housing.csv.gz", "median_house_value"),
        ("horse-colic.csv", "c24"),
        ("banknote_authentication.csv", None),
        ("sonar.csv", None),
        ("ionosphere.csv", None),
        ("mammography.csv", None),
        ("abalone.csv", None),
    ):
        findings = inspect(DataOptions(paths=(str(shared_data / "tabular" / name),), target=target)).findings
        assert [f for f in findings if f.severity == "critical"] == [], name


def test_rows_that_repeat_by_nature_are_only_noted():
    generator = np.random.default_rng(0)
    frame = {"a": generator.choice(["x", "y"], 300), "b": generator.choice(["u", "v"], 300)}
    found = faults({**frame, "y": generator.choice(["p", "q"], 300)})
    assert [(f.fault, f.severity) for f in found if f.fault == "duplicate-rows"] == [("duplicate-rows", "note")]
