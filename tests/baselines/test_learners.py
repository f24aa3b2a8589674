from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from glasswork.baselines import Problem, gradient_boosting, pixel_logistic, table_linear, text_tfidf, trivial
from glasswork.baselines.table_features import TableFeatures
from glasswork.data.contract import CategoryColumn, Contract
from glasswork.data.dataset import Examples, ImageFiles


def test_trivial_rule_by_hand(make):
    prepared = make["table"]()
    shares = np.bincount(prepared.examples.targets[prepared.parts["train"]]) / len(prepared.parts["train"])
    result = trivial(Problem(prepared))
    assert (result.predictions == shares).all()
    assert result.test["roc_auc"] == 0.5
    known = prepared.examples.targets[prepared.parts["test"]]
    assert result.test["average_precision"] == pytest.approx(known.mean())
    values = make["table"]("regression")
    mean = values.examples.targets[values.parts["train"]].mean()
    assert trivial(Problem(values)).predictions[0].item() == pytest.approx(mean)


def test_table_features_by_hand():
    contract = Contract(
        kind="table", task="regression", sources=(), sha256="", rows=4, numbers=("a",),
        codes=(CategoryColumn(name="k", categories=("x", "y")),),
    )  # fmt: skip
    numbers = np.array([[1.0], [3.0], [np.nan], [9.0]], dtype=np.float32)
    codes = np.array([[1], [2], [1], [0]])
    features = TableFeatures(
        Examples(contract, {"numbers": numbers, "codes": codes}, None, pl.DataFrame()), np.arange(3)
    )
    # mean 2 and deviation 1 of rows 0 and 1; missing: 0 and a mark; two categories seen; row 3 has none of them.
    assert features(np.arange(4)).toarray().tolist() == [
        [-1, 0, 1, 0],
        [1, 0, 0, 1],
        [0, 1, 1, 0],
        [7, 0, 0, 0],
    ]


@pytest.mark.parametrize("baseline", [table_linear, gradient_boosting])
@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c", "d")])
def test_tables_are_learned(make, baseline, classes):
    result = baseline(Problem(make["table"](count=800, classes=classes)))
    assert result.test["accuracy"] > 0.75
    np.testing.assert_allclose(result.predictions.sum(axis=1), 1.0)


@pytest.mark.parametrize("baseline", [table_linear, gradient_boosting])
def test_table_values_are_learned(make, baseline):
    result = baseline(Problem(make["table"]("regression", count=800)))
    assert result.predictions.shape == (160, 1)
    assert result.test["r2"] > 0.8


def test_large_images_are_shrunk_and_it_is_said(make):
    result = pixel_logistic(Problem(make["images"](side=40, channels=3)))
    assert result.label == "Logistic regression on pixels, shrunk to 14 x 14"
    assert result.test["accuracy"] > 0.9


def test_images_on_disk_are_read(make, tmp_path):
    from PIL import Image

    prepared = make["images"](count=90)
    paths = []
    for i, pixels in enumerate(prepared.examples.inputs["pixels"]):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(pixels[:, :, 0]).save(paths[-1])
    streamed = replace(prepared.examples, inputs={"pixels": ImageFiles(tuple(paths), (8, 8, 1))})
    ours = pixel_logistic(Problem(replace(prepared, examples=streamed)))
    np.testing.assert_allclose(ours.predictions, pixel_logistic(Problem(prepared)).predictions, atol=1e-6)


@pytest.mark.parametrize("words", [True, False])
def test_words_or_codes(make, words):
    assert text_tfidf(Problem(make["text"](words=words))).test["accuracy"] == 1.0


def test_texts_without_a_word(make):
    prepared = make["text"]()
    empty = replace(prepared.examples, texts=("",) * len(prepared.examples))
    assert np.isfinite(text_tfidf(Problem(replace(prepared, examples=empty))).test["log_loss"])


def test_no_warning_of_scikit_learn_leaks(make, recwarn):
    prepared = make["table"](count=300)
    numbers = prepared.examples.inputs["numbers"] * np.float32(1e6)
    codes = prepared.examples.inputs["codes"]
    wild = replace(prepared, examples=replace(prepared.examples, inputs={"numbers": numbers, "codes": codes}))
    table_linear(Problem(wild))
    gradient_boosting(Problem(wild))
    assert not list(recwarn)


def test_the_threshold_of_a_rare_class_is_tuned(make):
    prepared = make["table"](count=2000)
    numbers = prepared.examples.inputs["numbers"]
    rare = (np.nan_to_num(numbers[:, 0]) + np.random.default_rng(0).normal(size=2000) > 2.4).astype(np.int64)
    prepared = replace(prepared, examples=replace(prepared.examples, targets=rare))
    tuned = table_linear(Problem(prepared)).valid["f1"]
    assert tuned > table_linear(Problem(prepared, tune=False)).valid["f1"]
