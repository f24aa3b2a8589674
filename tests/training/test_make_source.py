import numpy as np
import polars as pl
import pytest
import torch

from glasswork.data.contract import Contract, ImageFacts, SeriesFacts, TokenFacts
from glasswork.data.dataset import Examples, ImageFiles, Ragged
from glasswork.errors import DataError
from glasswork.training import make_source


def examples(kind, task, inputs, answers=None, **facts):
    contract = Contract(kind=kind, task=task, sources=("a",), sha256="0", rows=3, **facts)
    return Examples(contract, inputs, answers, pl.DataFrame())


def test_tables():
    numbers = np.array([[1, np.nan], [3, 4], [5, 6]], dtype=np.float32)
    inputs = {"numbers": numbers, "codes": np.zeros((3, 0), dtype=np.int64)}
    source = make_source(examples("table", "classification", inputs, np.array([0, 1, 0])))
    batch = source.batch(np.array([1]))
    assert set(batch.inputs) == {"numbers"}  # there are no categories
    assert batch.inputs["numbers"].tolist() == [[3.0, 4.0]]
    assert batch.targets.tolist() == [1]


def test_images_in_memory_and_in_files(tmp_path):
    pixels = np.arange(3 * 2 * 2, dtype=np.uint8).reshape(3, 2, 2, 1)
    facts = {"image": ImageFacts(height=2, width=2, channels=1)}
    source = make_source(examples("images", "classification", {"pixels": pixels}, np.arange(3), **facts))
    assert source.batch(np.array([2])).inputs["pixels"].tolist() == [[[[8, 9], [10, 11]]]]
    files = ImageFiles((tmp_path / "a.png",), (2, 2, 1))
    streamed = make_source(examples("images", "classification", {"pixels": files}, np.arange(1), **facts), workers=0)
    assert len(streamed) == 1


def test_text():
    ragged = Ragged(np.array([5, 6, 7], dtype=np.int32), np.array([0, 1, 3]))
    source = make_source(
        examples("text", "classification", {"tokens": ragged}, np.array([0, 1]), tokens=TokenFacts(level="word"))
    )
    assert source.batch(np.array([1, 0])).inputs["tokens"].tolist() == [[6, 7], [5, 0]]


def test_series():
    values = np.arange(10, dtype=np.float32).reshape(5, 2)
    values.setflags(write=False)
    facts = {"series": SeriesFacts(past=2, horizon=1), "targets": ("a",)}
    batch = make_source(examples("series", "forecasting", {"series": values}, **facts)).batch(np.array([2]))
    assert batch.inputs["past"].tolist() == [[[0, 1], [2, 3]]]
    assert batch.targets.tolist() == [[[4]]]


def test_corpora_keep_their_windows_in_the_training_part():
    tokens = np.arange(60, dtype=np.int32)
    facts = {"tokens": TokenFacts(level="char", context=5)}
    train = np.arange(20, 50, 5)
    source = make_source(examples("corpus", "language-modelling", {"tokens": tokens}, **facts), train=train)
    seen = torch.cat([source.batch(train, epoch=epoch).inputs["tokens"].reshape(-1) for epoch in range(9)])
    assert seen.min() == 20


@pytest.mark.parametrize(
    ("kind", "task", "said"), [("series", "forecasting", "window"), ("corpus", "language-modelling", "context")]
)
def test_a_contract_without_its_facts_is_refused(kind, task, said):
    with pytest.raises(DataError, match=f"the contract of a {kind} lacks its {said}"):
        make_source(examples(kind, task, {kind: np.zeros((3, 1), dtype=np.float32)}))
