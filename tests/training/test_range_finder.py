import numpy as np
import pytest
import torch
from torch import nn

from glasswork.errors import RangeError
from glasswork.learning import GradientDescent
from glasswork.training import TensorSource, range_finder


def setting(**how):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 1))
    x = torch.randn(64, 2)
    learner = GradientDescent(model, nn.functional.mse_loss, torch.optim.SGD(model.parameters(), lr=0.7), **how)
    return learner, TensorSource({"input": x}, x.sum(1, keepdim=True))


@pytest.mark.parametrize("ema", [None, 0.9])
def test_finds_a_rate_and_leaves_no_trace(ema):
    def schedule(step, steps):
        return 1.0

    learner, source = setting(schedule=schedule, ema=ema)
    before = {name: tensor.clone() for name, tensor in learner.model.state_dict().items()}
    random = torch.get_rng_state()
    found = range_finder(learner, source, np.arange(64), low=1e-4, high=100.0)
    assert 1e-3 < found.suggestion < 1.0
    assert len(found.rates) == len(found.losses) <= 100
    assert found.rates[0] == 1e-4
    assert all(torch.equal(before[name], tensor) for name, tensor in learner.model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)
    assert learner.optimizer.param_groups[0]["lr"] == 0.7
    assert (learner.number, learner.updates) == (0, 0)
    assert learner.schedule is schedule


def test_stops_where_the_loss_blows_up():
    learner, source = setting()
    found = range_finder(learner, source, np.arange(64), low=1e-3, high=1e8, steps=200)
    assert found.rates[-1] < 1e7


def test_refuses_a_range_turned_round():
    learner, source = setting()
    with pytest.raises(RangeError, match=r"range_finder: high must be > 1\.0, got high=0\.5"):
        range_finder(learner, source, np.arange(64), low=1.0, high=0.5)
