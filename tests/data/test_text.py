"""Labelled texts."""

import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from glasswork.data import DataOptions, SplitOptions, encode, inspect, prepare
from glasswork.data.labelled_texts import class_names
from glasswork.data.text import encode_text, prepare_text
from glasswork.errors import DataError, GlassworkError

WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]


def sentence(i, label):
    generator = np.random.default_rng(i)
    return " ".join([*generator.choice(WORDS, 6).tolist(), "good" if label else "bad", str(i)])


def lines(count, separator="\t", start=0):
    return "".join(f"{['no', 'yes'][i % 2]}{separator}{sentence(start + i, i % 2)}\n" for i in range(count))


def options(*paths, **more):
    return DataOptions(paths=tuple(str(path) for path in paths), **more)


@pytest.mark.parametrize("separator", ["\t", " "])
def test_lines(tmp_path, separator):
    (tmp_path / "a.txt").write_text(lines(60, separator))
    prepared = prepare(options(tmp_path / "a.txt", level="word"))
    examples, contract = prepared.examples, prepared.contract
    assert contract.classes == ("no", "yes")
    assert contract.positive == "yes"
    assert examples.targets.tolist() == [0, 1] * 30
    assert examples.texts[1] == sentence(1, 1)
    assert contract.tokens.level == "word"
    tokens = examples.inputs["tokens"]
    train = prepared.parts["train"]
    for i in train.tolist():
        words = [contract.tokens.vocabulary[code - 2] for code in tokens[i].tolist()]
        assert words == examples.texts[i].split()
    outside = {str(i) for i in range(60)} - {str(i) for i in train.tolist()}
    assert not outside & set(contract.tokens.vocabulary)  # vocabulary from training rows alone


def test_two_files_in_latin_1_with_a_sign_that_only_python_takes_for_a_line_end(tmp_path):
    for name, start in (("mr.pos", 0), ("mr.neg", 50)):
        text = "".join(f"caf\xe9\x85{sentence(start + i, name == 'mr.pos')}\r\n" for i in range(30))
        (tmp_path / name).write_bytes(text.encode("latin-1"))
    prepared = prepare_text(options(tmp_path / "mr.pos", tmp_path / "mr.neg", encoding="latin-1"))
    assert len(prepared.examples) == 60
    assert prepared.contract.classes == ("neg", "pos")
    assert prepared.examples.texts[0].startswith("caf\xe9\x85")
    assert prepared.examples.targets[0] == 1
    with pytest.raises(DataError, match="encoding latin-1"):
        prepare_text(options(tmp_path / "mr.pos", tmp_path / "mr.neg"))
    again = encode(prepared.contract, [tmp_path / "mr.pos", tmp_path / "mr.neg"], need_target=True)
    assert np.array_equal(again.targets, prepared.examples.targets)
    assert encode(prepared.contract, tmp_path / "mr.pos").targets is None


def test_class_names():
    assert class_names([Path("a.pos"), Path("a.neg")]) == ["pos", "neg"]
    assert class_names([Path("ham.txt"), Path("spam.txt")]) == ["ham", "spam"]
    assert class_names([Path("x/new.neg")], ("neg", "pos")) == ["neg"]


def test_folders_and_archives(tmp_path):
    for part in ("train", "test"):
        for label in ("neg", "pos"):
            for i in range(10):
                file = tmp_path / "reviews" / part / label / f"{i}.txt"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(sentence(i + 100 * (part == "test") + 50 * (label == "pos"), label == "pos"))
    prepared = prepare(options(tmp_path / "reviews"))
    assert prepared.contract.classes == ("neg", "pos")
    assert len(prepared.parts["test"]) == 20
    assert prepared.contract.reading["layout"] == "folders"
    with zipfile.ZipFile(tmp_path / "reviews.zip", "w") as archive:
        for file in (tmp_path / "reviews").rglob("*.txt"):
            archive.write(file, file.relative_to(tmp_path))
    packed = prepare(options(tmp_path / "reviews.zip"))
    assert packed.examples.texts == prepared.examples.texts
    new = encode(prepared.contract, tmp_path / "reviews" / "test", need_target=True)
    assert new.targets.sum() == 10
    flat = encode(prepared.contract, tmp_path / "reviews" / "test" / "pos")
    assert len(flat) == 10


def test_tables(tmp_path):
    frame = pl.DataFrame(
        {"id": range(40), "review": [sentence(i, i % 2) for i in range(40)], "label": [i % 2 for i in range(40)]}
    )
    frame.write_csv(tmp_path / "a.csv")
    frame.write_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        prepared = prepare_text(options(tmp_path / name))
        assert prepared.contract.classes == ("0", "1")
        assert prepared.contract.reading["text"] == "review"
        assert prepared.contract.targets == ("label",)
    contract = prepared.contract
    assert np.array_equal(encode(contract, frame, need_target=True).targets, prepared.examples.targets)
    bare = encode(contract, frame.select("review"))
    assert bare.targets is None
    assert np.array_equal(bare.inputs["tokens"].flat, prepared.examples.inputs["tokens"].flat)
    frame.select("review").write_csv(tmp_path / "new.csv")
    assert len(encode(contract, tmp_path / "new.csv")) == 40
    assert len(encode(contract, ["one text", "another"])) == 2
    with pytest.raises(DataError, match="text: no column 'review'; did you mean 'reviews'"):
        encode(contract, frame.rename({"review": "reviews"}))
    with pytest.raises(DataError, match="target: no column 'label'"):
        encode(contract, frame.select("review"), need_target=True)
    with pytest.raises(DataError, match="label '7' in row 1"):
        encode_text(contract, frame.with_columns(label=7), need_target=True)


def test_regression(tmp_path):
    frame = pl.DataFrame({"text": [sentence(i, 0) for i in range(60)], "score": [i / 7 for i in range(60)]})
    frame.write_csv(tmp_path / "a.csv")
    prepared = prepare_text(options(tmp_path / "a.csv"))
    assert prepared.contract.task == "regression"
    assert prepared.examples.targets.shape == (60, 1)
    assert prepared.examples.targets.dtype == np.float32
    assert encode(prepared.contract, tmp_path / "a.csv", need_target=True).targets.shape == (60, 1)


def test_equal_texts_stay_together(tmp_path):
    text = lines(40) + lines(40).upper().replace("YES", "yes").replace("NO\t", "no\t")
    (tmp_path / "a.txt").write_text(text)
    prepared = prepare_text(options(tmp_path / "a.txt"))
    part_of = {int(i): name for name, part in prepared.parts.items() for i in part}
    assert all(part_of[i] == part_of[i + 40] for i in range(40))
    assert "40 of 80 are copies" in {f.fault: f for f in prepared.findings}["duplicate-rows"].evidence


def test_contradictions_and_leaks_are_found(tmp_path):
    (tmp_path / "a.txt").write_text(lines(60) + "no\tthe same words\nyes\tthe same words\n")
    (tmp_path / "t.txt").write_text(lines(10) + lines(20, start=500))
    findings = prepare_text(
        options(tmp_path / "a.txt", test=str(tmp_path / "t.txt"), split=SplitOptions(valid=0))
    ).findings
    assert "a.txt:61" in {f.fault: f for f in findings}["label-noise"].evidence
    assert any(f.where == "the test part" and "10 of 30 also occur in training" in f.evidence for f in findings)


def test_rows_without_a_label_are_set_aside(tmp_path):
    frame = pl.DataFrame({"text": [sentence(i, 0) for i in range(40)], "y": [None, "a", "b", "a"] * 10})
    frame.write_csv(tmp_path / "a.csv")
    prepared = prepare_text(options(tmp_path / "a.csv", text="text", target="y"))
    assert len(prepared.examples) == 30
    assert any("10 rows without a target" in note for note in prepared.notes)
    assert prepared.examples.rows["row"][0] == 2


@pytest.mark.parametrize("level", ["word", "char", "bpe"])
def test_levels_round_trip_through_the_contract(tmp_path, level):
    (tmp_path / "a.txt").write_text(lines(60))
    prepared = prepare_text(options(tmp_path / "a.txt", level=level, max_tokens=20))
    contract = type(prepared.contract).model_validate_json(prepared.contract.model_dump_json())
    assert contract == prepared.contract
    again = encode(contract, tmp_path / "a.txt", need_target=True)
    assert np.array_equal(again.inputs["tokens"].flat, prepared.examples.inputs["tokens"].flat)
    assert again.inputs["tokens"].lengths.max() <= 20


def test_unlabelled_lines_for_prediction(tmp_path):
    (tmp_path / "a.txt").write_text(lines(60))
    contract = prepare_text(options(tmp_path / "a.txt")).contract
    (tmp_path / "new.txt").write_text("alpha beta\n\nyes we can\n")
    examples = encode(contract, tmp_path / "new.txt")
    assert examples.texts == ("alpha beta", "yes we can")
    assert examples.rows["row"].to_list() == [1, 3]
    assert examples.targets is None
    with pytest.raises(
        DataError, match="line 1: a label that is known, a tab and a text were expected, got 'alpha beta'"
    ):
        encode(contract, tmp_path / "new.txt", need_target=True)


def test_real_sets(shared_data):
    text = shared_data / "text"
    prepared = prepare(
        options(text / "sst2.train.txt", valid=str(text / "sst2.dev.txt"), test=str(text / "sst2.test.txt"))
    )
    assert {name: len(part) for name, part in prepared.parts.items()} == {"train": 6920, "valid": 872, "test": 1821}
    polarity = prepare(options(text / "rt-polarity.pos", text / "rt-polarity.neg", encoding="latin-1"))
    assert len(polarity.examples) == 10_662
    inspection = inspect(options(text / "SMSSpamCollection"))
    assert "2 classes: ham 4,827, spam 747" in inspection.facts
    assert "duplicate-rows" in {finding.fault for finding in inspection.findings}


def refuse(said, *args, **kwargs):
    with pytest.raises(GlassworkError, match=said):
        prepare_text(options(*args, **kwargs))


def test_refusals(tmp_path):
    (tmp_path / "one.txt").write_text("".join(f"yes\t{sentence(i, 1)}\n" for i in range(20)))
    refuse("one class only, 'yes'", tmp_path / "one.txt")
    (tmp_path / "blank.txt").write_text("\n\n")
    refuse("all its lines are blank", tmp_path / "blank.txt")
    (tmp_path / "plain.txt").write_text("yes\tfine\nnothing\nno\tbad\n" * 3)
    refuse("line 2: a label, a tab and a text were expected, got 'nothing'", tmp_path / "plain.txt")
    (tmp_path / "a").mkdir()
    refuse("holds no text files", tmp_path / "a")
    (tmp_path / "train.txt").write_text(lines(20))
    (tmp_path / "test.txt").write_text(lines(20))
    refuse("look like parts, not classes", tmp_path / "train.txt", tmp_path / "test.txt")
    refuse("no text was given")
    (tmp_path / "t.csv").write_text("a,b\nsome words here,x\nother words here,y\n")
    refuse("did you mean 'a'", tmp_path / "t.csv", text="aa")
    refuse("target: no column 'c'", tmp_path / "t.csv", text="a", target="c")
    with pytest.raises(GlassworkError, match="classification or regression, not forecasting"):
        prepare_text(options(tmp_path / "train.txt"), "forecasting")
