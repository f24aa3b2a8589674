import numpy as np
import torch
from torch import nn

from glasswork.learning import GradientDescent
from glasswork.training import TensorSource, overfit_one_batch


def setting(lr):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
    learner = GradientDescent(model, nn.functional.mse_loss, torch.optim.Adam(model.parameters(), lr=lr))
    return learner, TensorSource({"input": torch.randn(40, 4)}, torch.randn(40, 1))


def test_a_sound_network_learns_a_batch_by_heart_and_forgets_it_again():
    learner, source = setting(0.01)
    before = [p.detach().clone() for p in learner.model.parameters()]
    found = overfit_one_batch(learner, source, np.arange(40))
    assert found.learned
    assert found.examples == 16
    assert found.losses[-1] < 0.1 * found.losses[0]
    assert all(torch.equal(a, b) for a, b in zip(before, learner.model.parameters(), strict=True))
    assert learner.optimizer.state_dict()["state"] == {}


def test_one_that_cannot_learn_is_found_out():
    learner, source = setting(1e-9)
    found = overfit_one_batch(learner, source, np.arange(40), steps=20)
    assert not found.learned
    assert len(found.losses) == 20
