"""Running text as one sequence."""

import numpy as np
import pytest

from glasswork.data import DataOptions, SplitOptions, encode, inspect, prepare
from glasswork.data.corpus import encode_corpus, prepare_corpus
from glasswork.data.tokens import decode_tokens
from glasswork.errors import DataError, GlassworkError

TEXT = "the quick brown fox jumps over the lazy dog\n" * 60


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_windows_by_hand(book):
    options = DataOptions(paths=(str(book),), context=10, split=SplitOptions(valid=50, test=100))
    prepared = prepare_corpus(options)
    tokens = prepared.examples.inputs["tokens"]
    assert tokens.dtype == np.int32
    assert decode_tokens(tokens, prepared.contract.tokens) == TEXT
    count = len(TEXT)
    assert prepared.parts["train"][[0, 1, -1]].tolist() == [0, 10, (count - 150 - 11) // 10 * 10]
    assert prepared.parts["valid"].tolist() == [count - 150, count - 140, count - 130, count - 120]
    assert prepared.parts["test"][0] == count - 100
    assert prepared.parts["test"][-1] + 11 <= count
    assert prepared.contract.tokens.context == 10
    assert prepared.contract.task == "language-modelling"


@pytest.mark.parametrize("level", ["char", "word", "bpe"])
def test_vocabulary_from_training_alone(tmp_path, level):
    path = tmp_path / "book.txt"
    path.write_text(TEXT + "Ж" * 40 + " Ж" * 300, encoding="utf-8")
    prepared = prepare_corpus(DataOptions(paths=(str(path),), level=level, context=8, split=SplitOptions(test=0.3)))
    assert not any("Ж" in token for token in prepared.contract.tokens.vocabulary)
    test = prepared.examples.inputs["tokens"][prepared.parts["test"][0] :]
    assert (1 in test.tolist()) == (level != "bpe")
    assert ("unseen-tokens" in {finding.fault for finding in prepared.findings}) == (level != "bpe")


def test_many_different_characters_become_byte_pairs(tmp_path):
    path = tmp_path / "signs.txt"
    codes = np.random.default_rng(0).integers(0, 400, 3000).tolist()
    path.write_text("".join(chr(0x4E00 + code) for code in codes), encoding="utf-8")
    assert prepare_corpus(DataOptions(paths=(str(path),))).contract.tokens.level == "bpe"


def test_fixed_files_and_several_files(book, tmp_path):
    other, test = tmp_path / "other.txt", tmp_path / "test.txt"
    other.write_text("fox " * 50, encoding="utf-8")
    test.write_text("dog " * 50, encoding="utf-8")
    options = DataOptions(paths=(str(book), str(other)), test=str(test), context=10, split=SplitOptions(valid=0))
    prepared = prepare_corpus(options)
    assert prepared.contract.rows == len(TEXT) + 200 + 200
    assert prepared.parts["test"][0] == len(TEXT) + 200
    assert len(prepared.parts["valid"]) == 0
    assert prepared.examples.rows["stop"].to_list() == [len(TEXT), len(TEXT) + 200, len(TEXT) + 400]


def test_encode(book, tmp_path):
    contract = prepare_corpus(DataOptions(paths=(str(book),), context=10)).contract
    new = tmp_path / "new.txt"
    new.write_text("fox Ω", encoding="utf-8")
    codes = encode(contract, new).inputs["tokens"]
    assert decode_tokens(codes, contract.tokens) == "fox �"
    with pytest.raises(DataError, match="needs at least 11 tokens, got 5"):
        encode_corpus(contract, new, need_target=True)


def test_through_the_front(book):
    options = DataOptions(paths=(str(book),), kind="corpus", context=16)
    assert prepare(options).settled["level"] == "char"
    inspection = inspect(options)
    assert "2,640 tokens (characters)" in inspection.facts[0]
    assert "small-data" in {finding.fault for finding in inspection.findings}


def test_tinyshakespeare_as_published(shared_data):
    path = shared_data / "text" / "tinyshakespeare.txt"
    prepared = prepare_corpus(DataOptions(paths=(str(path),), split=SplitOptions(valid=0, test=0.1)))
    assert prepared.contract.tokens.size == 67
    assert prepared.parts["test"][0] == 1_003_854
    assert prepared.contract.rows - 1_003_854 == 111_540


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"context": 5000}, "train part has 2376 tokens, but a window of context 5000 needs 5001"),
        ({"context": 128, "split": SplitOptions(valid=20)}, "valid part has 20 tokens"),
        ({"split": SplitOptions(how="random")}, "mix past and future"),
        ({"paths": ()}, "at least one text file"),
        ({"paths": ("no-such-file.txt",)}, "no file or folder"),
    ],
)
def test_refusals(book, options, text):
    with pytest.raises(GlassworkError, match=text):
        prepare_corpus(DataOptions(**{"paths": (str(book),), **options}))


def test_refuses_other_tasks_bytes_and_empty_files(book, tmp_path):
    with pytest.raises(GlassworkError, match="language-modelling, not regression"):
        prepare_corpus(DataOptions(paths=(str(book),)), "regression")
    (tmp_path / "latin.txt").write_bytes("caf\xe9".encode("latin-1"))
    with pytest.raises(DataError, match="encoding latin-1"):
        prepare_corpus(DataOptions(paths=(str(tmp_path / "latin.txt"),)))
    (tmp_path / "empty.txt").write_bytes(b"")
    with pytest.raises(DataError, match="is empty"):
        prepare_corpus(DataOptions(paths=(str(tmp_path / "empty.txt"),)))
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="holds no text file"):
        prepare_corpus(DataOptions(paths=(str(tmp_path / "folder"),)))
