import pytest
import torch
from torch import nn

from glasswork.errors import NonFiniteError
from glasswork.learning import GradientDescent
from glasswork.learning.non_finite import FirstBadStep, check_weights
from glasswork.records import Batch


def learner_of(model, loss=nn.functional.mse_loss, lr=0.1, **settings):
    return GradientDescent(model, loss, torch.optim.SGD(model.parameters(), lr=lr), **settings)


def given(rows=4):
    return Batch({"input": torch.ones(rows, 2)}, torch.ones(rows, 1))


class Log(nn.Module):
    def forward(self, x):
        return (x - 5).log()


def test_names_the_module_whose_output_was_bad_first():
    model = nn.Sequential(nn.Linear(2, 3), Log(), nn.Linear(3, 1))
    with pytest.raises(NonFiniteError, match=r"step 1: the loss is not finite; the output of module '1' was NaN first"):
        learner_of(model).step(given())


def test_names_the_input():
    batch = given()
    batch.inputs["input"][2, 1] = float("nan")
    with pytest.raises(NonFiniteError, match="because the batch's input 'input' contains NaN"):
        learner_of(nn.Linear(2, 1)).step(batch)


def test_names_the_targets():
    batch = given()
    batch.targets[0] = float("inf")
    with pytest.raises(NonFiniteError, match="because the batch's 'targets' contains infinite"):
        learner_of(nn.Linear(2, 1)).step(batch)


def test_names_the_loss():
    with pytest.raises(NonFiniteError, match="although the model's outputs are; look at the loss"):
        learner_of(nn.Linear(2, 1), loss=lambda outputs, targets: (outputs - outputs).mean() / 0).step(given())


def test_names_the_gradient_of_the_step_before():
    calls = []

    def loss(outputs, targets):
        calls.append(1)
        if len(calls) == 2:  # finite, with a slope that is not
            return nn.functional.mse_loss(outputs, targets) + (outputs * 0).clamp(min=0).sqrt().sum()
        return nn.functional.mse_loss(outputs, targets)

    learner = learner_of(nn.Linear(2, 1), loss=loss, watch_every=0)
    learner.step(given())
    learner.step(given())
    with pytest.raises(
        NonFiniteError, match="step 2: the gradient of parameter 'weight' was NaN, so the loss of step 3"
    ):
        learner.step(given())


def test_names_the_weight_that_an_update_threw_away():
    learner = learner_of(nn.Linear(2, 1), lr=3e38, watch_every=0)
    learner.step(Batch({"input": torch.full((1, 2), 100.0)}, torch.zeros(1, 1)))
    with pytest.raises(NonFiniteError, match="step 1: weight 'weight' became infinite in the update"):
        learner.step(given())


def test_looking_for_the_culprit_leaves_buffers_and_random_numbers_alone():
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(0.5), Log())
    model.register_parameter("unused", nn.Parameter(torch.zeros(1)))
    learner = learner_of(model, loss=lambda outputs, targets: outputs.mean())
    torch.manual_seed(3)
    model(torch.ones(4, 2))
    expected = torch.get_rng_state(), model[0].num_batches_tracked.clone()
    model[0].reset_running_stats()
    torch.manual_seed(3)
    with pytest.raises(NonFiniteError):
        learner.step(given())
    assert torch.equal(torch.get_rng_state(), expected[0])
    assert model[0].num_batches_tracked == 1


def test_the_first_bad_step_is_remembered_without_reading():
    watch = FirstBadStep(torch.device("cpu"))
    for number, loss in enumerate([1.0, float("nan"), 2.0, float("inf")], start=1):
        watch.note(number, torch.tensor(loss), torch.tensor(1.0))
    with pytest.raises(NonFiniteError, match="step 2: the loss or its gradient is not finite"):
        watch.check()
    watch = FirstBadStep(torch.device("cpu"))
    watch.note(1, torch.tensor(1.0), torch.tensor(2.0))
    watch.check()
    watch.note(2, torch.tensor(1.0), torch.tensor(float("inf")))
    with pytest.raises(NonFiniteError, match="step 2"):
        watch.check()


def test_large_weights_are_not_bad_weights():
    model = nn.Linear(2, 1)
    nn.init.constant_(model.weight, 3e38)  # finite, though their norm is not
    check_weights(model, 1)
    nn.init.constant_(model.bias, float("nan"))
    with pytest.raises(NonFiniteError, match="step 1: weight 'bias' is NaN"):
        check_weights(model, 1)
