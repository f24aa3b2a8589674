import numpy as np
import polars as pl
import pytest

from glasswork.data import Contract, DataOptions, SplitOptions, encode, prepare, prepare_frame
from glasswork.errors import DataError, UnknownNameError, UsageError

PARTS = ("train", "valid", "test")


@pytest.fixture
def pets():
    return pl.DataFrame(
        {
            "id": range(1, 61),
            "weight": [4.0 + i % 7 + 0.01 * i for i in range(60)],
            "colour": ["black", "white", None] * 20,
            "indoor": [True, False, None, True] * 15,
            "born": [f"20{10 + i % 9}-0{1 + i % 9}-11" for i in range(60)],
            "story": [f"the {i}th pet of this street was found under a large old tree near here" for i in range(60)],
            "kind": ["cat", "dog", "cat"] * 20,
        }
    )


def test_a_table_becomes_arrays(pets):
    prepared = prepare_frame(pets)
    contract, examples = prepared.contract, prepared.examples
    assert (contract.kind, contract.task, contract.classes, contract.positive) == (
        "table",
        "classification",
        ("cat", "dog"),
        "dog",
    )
    assert contract.numbers == ("weight", "indoor", "born.year", "born.month", "born.weekday")
    assert [(c.name, c.categories) for c in contract.codes] == [("colour", ("black", "white"))]
    numbers, codes = examples.inputs["numbers"], examples.inputs["codes"]
    assert (numbers.shape, numbers.dtype) == ((60, 5), np.float32)
    assert (codes.shape, codes.dtype) == ((60, 1), np.int64)
    assert codes[:3, 0].tolist() == [1, 2, 0]
    assert numbers[1].tolist() == pytest.approx([5.01, 0.0, 2011.0, 2.0, 5.0], rel=1e-6)  # 11 February 2011: a Friday
    assert np.isnan(numbers[2, 1])
    assert examples.targets.tolist() == [0, 1, 0] * 20
    assert np.sort(np.concatenate([prepared.parts[name] for name in PARTS])).tolist() == list(range(60))
    roles = {column.name: column.role for column in contract.columns}
    assert roles == {"kind": "target", "id": "ignored", "story": "ignored"} | dict.fromkeys(
        ("weight", "colour", "indoor", "born"), "input"
    )
    assert "column 'id' is not used: numbers the rows" in prepared.notes
    assert "column 'story' is not used: free text" in prepared.notes


def test_categories_and_classes_come_from_training_rows_only():
    frame = pl.DataFrame({"c": ["a", "b"] * 50, "x": np.arange(100) * 0.37, "y": ["u", "v", "u", "v"] * 25})
    first = prepare_frame(frame, seed=3)
    odd = int(first.parts["test"][0])
    frame = frame.with_columns(pl.Series("c", ["rare" if i == odd else c for i, c in enumerate(frame["c"])]))
    prepared = prepare_frame(frame, seed=3)
    assert odd in prepared.parts["test"]
    assert prepared.contract.codes[0].categories == ("a", "b")
    assert prepared.examples.inputs["codes"][odd, 0] == 0


def test_the_contract_survives_its_file(pets):
    prepared = prepare_frame(pets)
    contract = Contract.model_validate_json(prepared.contract.model_dump_json())
    assert contract == prepared.contract
    examples = encode(contract, pets)
    for name, array in prepared.examples.inputs.items():
        np.testing.assert_array_equal(examples.inputs[name], array)


def test_new_data_in_any_order_with_further_columns(pets, tmp_path):
    prepared = prepare_frame(pets)
    shuffled = pets.select(reversed(pets.columns)).with_columns(extra=pl.lit(1)).drop("kind", "id")
    shuffled.write_csv(tmp_path / "new.csv")
    for data in (shuffled, tmp_path / "new.csv", str(tmp_path / "new.csv"), [tmp_path / "new.csv"]):
        examples = encode(prepared.contract, data)
        assert examples.targets is None
        for name, array in prepared.examples.inputs.items():
            np.testing.assert_array_equal(examples.inputs[name], array)
    assert encode(prepared.contract, tmp_path / "new.csv").rows["row"].to_list() == list(range(1, 61))


def test_new_data_that_does_not_fit_is_named(pets):
    contract = prepare_frame(pets).contract
    with pytest.raises(
        DataError, match=r"input column 'weight' is missing; the data has: .*Did you mean to rename 'wheight'\?"
    ):
        encode(contract, pets.rename({"weight": "wheight"}))
    with pytest.raises(DataError, match="2 input columns are missing: 'colour', 'born'"):
        encode(contract, pets.drop("born", "colour"))
    with pytest.raises(DataError, match="target column 'kind' is missing"):
        encode(contract, pets.drop("kind"), need_target=True)
    strange = pets.with_columns(kind=pl.Series(["cat"] * 59 + ["frog"]))
    with pytest.raises(DataError, match="label 'frog' in row 60 is no class that was trained on; known: cat, dog"):
        encode(contract, strange, need_target=True)
    assert encode(contract, strange).targets is None
    words = pets.with_columns(weight=pl.Series(["1.5"] * 59 + ["heavy"]))
    with pytest.raises(DataError, match=r"column 'weight' must hold numbers, row 60 has 'heavy'"):
        encode(contract, words)
    unseen = pets.with_columns(colour=pl.lit("green"))
    assert encode(contract, unseen).inputs["codes"].tolist() == [[0]] * 60


def test_rows_without_a_target(pets):
    gaps = pets.with_columns(kind=pl.when(pl.col("id") <= 3).then(None).otherwise("kind"))
    prepared = prepare_frame(gaps)
    assert len(prepared.examples) == 57
    assert prepared.examples.rows["row"][0] == 4
    assert any(note.startswith("3 rows without a target are left out (rows 1, 2, 3)") for note in prepared.notes)
    assert "missing-target" in [finding.fault for finding in prepared.findings]
    assert len(encode(prepared.contract, gaps, need_target=True)) == 57
    assert len(encode(prepared.contract, gaps)) == 60


def test_regression_with_two_targets():
    frame = {"x": np.linspace(0, 1, 40), "a": np.linspace(3, 4, 40), "b": np.linspace(-1, 1, 40) ** 3}
    prepared = prepare_frame(frame, target=["a", "b"])
    assert prepared.contract.task == "regression"
    assert prepared.contract.targets == ("a", "b")
    assert prepared.examples.targets.shape == (40, 2)
    assert prepared.examples.targets.dtype == np.float32


def test_arrays_take_the_contract_s_names():
    features = np.random.default_rng(0).normal(size=(50, 3))
    data = np.column_stack([features, np.arange(50) % 2])
    prepared = prepare_frame(data)
    assert prepared.contract.numbers == ("c1", "c2", "c3")
    np.testing.assert_array_equal(
        encode(prepared.contract, features).inputs["numbers"], prepared.examples.inputs["numbers"]
    )
    with pytest.raises(DataError, match="an array with 3 columns was expected, got 2"):
        encode(prepared.contract, features[:, :2])
    with pytest.raises(DataError, match=r"must have shape \(rows, columns\), got \(3,\)"):
        encode(prepared.contract, np.zeros(3))


def test_fixed_files_and_headerless_labels(tmp_path):
    lines = [f"{i % 9}, {'ab'[i % 2]}, {'>5' if i % 9 > 4 else '<=5'}" for i in range(60)]
    (tmp_path / "train.csv").write_text("\n".join(lines))
    (tmp_path / "test.csv").write_text("\n".join(line + "." for line in lines[:18]))
    (tmp_path / "new.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines[:7]))
    options = DataOptions(paths=(str(tmp_path / "train.csv"),), test=str(tmp_path / "test.csv"))
    prepared = prepare(options)
    assert prepared.parts["test"].tolist() == list(range(60, 78))
    assert prepared.contract.classes == ("<=5", ">5")
    assert prepared.examples.targets[60:].tolist() == prepared.examples.targets[:18].tolist()
    assert len(encode(prepared.contract, tmp_path / "test.csv", need_target=True)) == 18
    assert len(encode(prepared.contract, tmp_path / "new.csv")) == 7
    with pytest.raises(UsageError, match="a fixed test file and a size for test were both given"):
        prepare(options.model_copy(update={"split": SplitOptions(test=0.5)}))
    (tmp_path / "test.csv").write_text("1, a, maybe\n2, b, <=5\n")
    with pytest.raises(DataError, match=r"label 'maybe' in row 1 of '.*test.csv' is no class that was trained on"):
        prepare(options)


def test_groups_stay_in_one_part(pets):
    frame = pets.with_columns(owner=pl.Series([f"o{i % 12}" for i in range(60)]))
    prepared = prepare_frame(frame, options=DataOptions(group="owner"), target="kind")
    owners = [set(frame["owner"].gather(prepared.parts[name])) for name in PARTS]
    assert not (owners[0] & owners[1]) | (owners[0] & owners[2]) | (owners[1] & owners[2])
    assert "owner" not in [code.name for code in prepared.contract.codes]
    with pytest.raises(DataError, match="group: no column 'ownr'; did you mean 'owner'"):
        prepare_frame(frame, options=DataOptions(group="ownr"))
    with pytest.raises(UsageError, match="add --group COLUMN"):
        prepare_frame(frame, split=SplitOptions(how="group"))


def test_equal_rows_never_straddle():
    frame = pl.DataFrame({"x": np.arange(40).repeat(3) % 40 * 1.5, "y": np.arange(120) // 3 % 2})
    for seed in range(3):
        parts = prepare_frame(frame, seed=seed).parts
        rows = [set(frame["x"].gather(parts[name])) for name in PARTS]
        assert not (rows[0] & rows[1]) | (rows[0] & rows[2]) | (rows[1] & rows[2])


def test_wrong_questions_are_refused(pets):
    with pytest.raises(UnknownNameError, match="target: no column 'knd'; did you mean 'kind'"):
        prepare_frame(pets, target="knd")
    with pytest.raises(DataError, match="has one class only, 'cat', in all 60 rows"):
        prepare_frame(pets.with_columns(kind=pl.lit("cat")))
    with pytest.raises(DataError, match="regression needs numbers, the target 'kind' holds text such as 'cat'"):
        prepare_frame(pets, task="regression")
    with pytest.raises(DataError, match="60 different values in 60 rows, too many for classes; use --task regression"):
        prepare_frame(pets, target="weight", task="classification")
    with pytest.raises(DataError, match="no column is left to learn from"):
        prepare_frame(pets.select("id", "kind"))
    with pytest.raises(DataError, match="needs at least 3 examples"):
        prepare_frame(pets.head(2))


def test_adult_with_its_own_test_file(shared_data):
    folder = shared_data / "tabular"
    options = DataOptions(paths=(str(folder / "adult-train.csv.gz"),), test=str(folder / "adult-test.csv.gz"))
    prepared = prepare(options)
    contract = prepared.contract
    assert contract.classes == ("<=50K", ">50K")
    assert contract.positive == ">50K"
    assert len(contract.numbers) == 6
    assert len(contract.codes) == 8
    assert len(prepared.parts["test"]) == 16_281
    assert np.bincount(prepared.examples.targets[prepared.parts["test"]]).tolist() == [12_435, 3_846]
    assert (prepared.examples.inputs["codes"] == 0).sum() >= 4_262 + 2_203


@pytest.mark.parametrize(
    ("name", "target", "task", "numbers", "codes", "classes"),
    [
        ("mammography.csv", None, "classification", 6, 0, ("-1", "1")),
        ("horse-colic.csv", "c24", "classification", 27, 0, ("1", "2")),
        ("penguins.csv", "species", "classification", 4, 2, ("Adelie", "Chinstrap", "Gentoo")),
        ("titanic.csv", "survived", "classification", 7, 7, ("0", "1")),
        ("california-housing.csv.gz", "median_house_value", "regression", 8, 1, ()),
        ("diamonds.csv.gz", "price", "regression", 6, 3, ()),
        ("abalone.csv", None, "regression", 7, 1, ()),
        ("winequality-red.csv", None, "classification", 11, 0, ("3", "4", "5", "6", "7", "8")),
        ("ionosphere.csv", None, "classification", 33, 0, ("b", "g")),
        ("sonar.csv", None, "classification", 60, 0, ("M", "R")),
    ],
)
def test_real_tables(shared_data, name, target, task, numbers, codes, classes):
    prepared = prepare(DataOptions(paths=(str(shared_data / "tabular" / name),), target=target))
    contract = prepared.contract
    assert (contract.task, len(contract.numbers), len(contract.codes)) == (task, numbers, codes)
    assert contract.classes == classes
    again = encode(contract, shared_data / "tabular" / name, need_target=True)
    for array in ("numbers", "codes"):
        np.testing.assert_array_equal(again.inputs[array], prepared.examples.inputs[array])
    np.testing.assert_array_equal(again.targets, prepared.examples.targets)


def test_headerless_training_and_new_data_with_a_header(tmp_path):
    (tmp_path / "train.csv").write_text("\n".join(f"{i}.5,{'ab'[i % 2]},{i % 3 > 0}" for i in range(60)))
    (tmp_path / "new.csv").write_text("c2,c1\na,1.5\nb,2.5\n")
    contract = prepare(DataOptions(paths=(str(tmp_path / "train.csv"),))).contract
    assert contract.reading["names"] == ["c1", "c2", "c3"]
    assert contract.classes == ("false", "true")
    examples = encode(contract, tmp_path / "new.csv")
    assert examples.inputs["numbers"].tolist() == [[1.5], [2.5]]
    assert examples.inputs["codes"].tolist() == [[1], [2]]


def test_rows_as_dicts_and_lists():
    rows = [{"x": 0.5 * i, "w": "b" if i % 3 else 7, "y": i % 2} for i in range(30)]
    contract = prepare_frame(rows).contract
    assert contract.codes[0].categories == ("7", "b")
    examples = encode(contract, [{"w": 7, "x": 1}, {"x": 2, "w": None}])
    assert examples.inputs["numbers"].tolist() == [[1.0], [2.0]]
    assert examples.inputs["codes"].tolist() == [[1], [0]]
    assert encode(contract, {"x": [1.0], "w": ["b"]}).inputs["codes"].tolist() == [[2]]


def test_a_regression_target_of_words_is_refused_where_it_is_needed():
    contract = prepare_frame({"x": np.arange(30) * 0.5, "y": np.arange(30) * 0.7}).contract
    new = pl.DataFrame({"x": [1.0, 2.0], "y": ["high", "low"]})
    assert encode(contract, new).targets is None
    with pytest.raises(DataError, match="column 'y' must hold numbers, row 1 has 'high'"):
        encode(contract, new, need_target=True)
