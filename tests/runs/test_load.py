"""Load: the weights that count, from the folder alone, and plain words when there are none."""

import shutil

import numpy as np
import pytest
import torch

import glasswork as gw
from glasswork.errors import GlassworkError, RunFolderError
from glasswork.runs.folder import RunFolder
from glasswork.runs.load import load_network


@pytest.fixture
def run(data_of, tmp_path):
    data = data_of("numbers")
    small = {"model": {"hidden": [4]}, "training": {"epochs": 1, "precision": "float64"}}
    fast = {"evaluation": {"bootstrap": 0, "baselines": False}, "quiet": True}
    return gw.train(data["paths"][0], target="y", out=tmp_path, **small, **fast)


def test_a_loaded_network_answers_like_the_run_in_its_own_precision(run):
    network, task, recipe, contract = load_network(run.folder)
    assert (task.name, contract.targets, recipe.training.precision) == ("regression", ("y",), "float64")
    assert all(weight.dtype == torch.float64 for weight in network.parameters())
    assert not network.training
    torch.manual_seed(5)
    again = load_network(run.folder)[0]
    assert all(torch.equal(weight, again.state_dict()[name]) for name, weight in network.state_dict().items())


def test_nothing_saved_yet(run):
    shutil.rmtree(run.path / "checkpoints")
    with pytest.raises(RunFolderError, match="has no checkpoint yet; go on with: glasswork train --resume"):
        load_network(RunFolder(run.path))


def test_a_damaged_checkpoint_is_refused(run):
    for weights in (run.path / "checkpoints").glob("*/model.safetensors"):
        content = bytearray(weights.read_bytes())
        content[-3] ^= 0xFF
        weights.write_bytes(bytes(content))
    with pytest.raises(GlassworkError):
        load_network(RunFolder(run.path))


def test_predictions_are_in_the_target_s_units(run, data_of):
    got = run.predict(data_of("numbers")["paths"][0])["prediction"].to_numpy()
    assert abs(np.mean(got) - 5) < 2.5
