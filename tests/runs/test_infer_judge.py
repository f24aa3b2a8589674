"""Infer and judge: answers in the order asked for, decided by the tuned threshold, from a network left as it was."""

import numpy as np
import pytest
import torch

from glasswork import tasks
from glasswork.errors import GlassworkError, NonFiniteError
from glasswork.evaluation import Threshold
from glasswork.runs.defaults import settle
from glasswork.runs.infer import infer, inference_batch
from glasswork.runs.judge import decide, future, judge
from glasswork.runs.network import build_network, fit_network
from glasswork.runs.recipe import make_recipe
from glasswork.training import make_source


@pytest.fixture
def table(data_of, prepared_of):
    prepared = prepared_of("table")
    recipe = settle(make_recipe({"data": data_of("table"), "model": {"hidden": [4]}}), prepared)
    task = tasks.from_contract(prepared.contract)
    torch.manual_seed(0)
    network = build_network(recipe, prepared.contract, task)
    fit_network(network, prepared)
    return network, task, prepared


def test_answers_follow_the_index_whatever_the_batch(table):
    network, task, prepared = table
    source = make_source(prepared.examples)
    index = np.array([7, 3, 90, 3, 0])
    network.train()
    whole = infer(network, task, source, index, batch_size=5)["probabilities"]
    assert network.training
    pieces = infer(network, task, source, index, batch_size=2)["probabilities"]
    np.testing.assert_allclose(whole, pieces, atol=1e-6)
    np.testing.assert_array_equal(whole[1], whole[3])
    alone = infer(network, task, source, index[2:3], batch_size=1)["probabilities"]
    np.testing.assert_allclose(alone[0], whole[2], atol=1e-6)


def test_no_examples_and_no_numbers_are_refused(table):
    network, task, prepared = table
    source = make_source(prepared.examples)
    with pytest.raises(GlassworkError, match="no examples to predict"):
        infer(network, task, source, np.array([], dtype=np.int64), batch_size=4)
    with torch.no_grad():
        next(network.body.parameters()).fill_(float("nan"))
    with pytest.raises(NonFiniteError, match="examples from 0 on are not finite"):
        infer(network, task, source, np.arange(3), batch_size=4)


def test_a_batch_for_prediction_is_larger_within_bounds():
    assert [inference_batch(size) for size in (None, 1, 256, 5000)] == [1024, 256, 1024, 4096]


def test_the_threshold_decides_by_hand(table):
    contract = table[2].contract
    chances = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    assert contract.classes == ("no", "yes")
    assert decide(chances, contract, None).tolist() == [0, 0, 1]
    assert decide(chances, contract, {"positive": "yes", "value": 0.4}).tolist() == [0, 1, 1]
    assert decide(chances, contract, {"positive": "no", "value": 0.95}).tolist() == [1, 1, 1]


def test_figures_and_predictions_agree_on_the_threshold(table):
    network, task, prepared = table
    index = np.arange(4)
    codes = prepared.examples.targets[index]
    chances = np.where(codes == 1, 0.3, 0.1)  # all right from 0.2 on, and half wrong at 0.5
    decoded = {"probabilities": np.stack([1 - chances, chances], axis=1)}
    result, frame = judge(
        network, task, prepared.examples, index, decoded, part="valid", seed=0,
        threshold=Threshold(0.2, "f1"), bootstrap=0, primary="f1",
    )  # fmt: skip
    assert result["metrics"]["accuracy"]["value"] == 1.0
    assert result["primary"] == "f1"
    assert frame["prediction"].to_list() == [prepared.contract.classes[code] for code in codes]


def test_the_future_of_an_origin_by_hand(prepared_of):
    examples = prepared_of("series").examples
    series = np.asarray(examples.inputs["series"])
    got = future(examples, np.array([20, 33]))
    assert got.shape == (2, 4, 1)
    np.testing.assert_array_equal(got[1, :, 0], series[33:37, 0])
