"""Every way of learning trains in the one loop: records, checkpoints, and going on to the same bits."""

import io
import json
import math

import numpy as np
import pytest
import torch

from glasswork import learning, models
from glasswork.activations import Sigmoid
from glasswork.errors import NonFiniteError
from glasswork.learning import GradientDescent, Learner
from glasswork.losses import PerceptronCriterion
from glasswork.records import StepRecord
from glasswork.training import Checkpoints, Progress, TensorSource, train

N = 40


def _x():
    return torch.rand(N, 3, generator=torch.Generator().manual_seed(0))


def _sides():
    x = _x()
    return (x[:, 0] + 0.3 * torch.rand(N, generator=torch.Generator().manual_seed(1)) > x[:, 1] + 0.1).long()


def _descent():
    unit = models.Neuron(inputs=3)
    return GradientDescent(unit, PerceptronCriterion(), torch.optim.SGD(unit.parameters(), lr=0.1))


# How each is made, its targets, and whether its loss judges validation examples.
RULES = {
    "perceptron_trick": (lambda: learning.PerceptronTrick(models.Perceptron(inputs=3)), _sides, True),
    "perceptron_convergence": (lambda: learning.PerceptronConvergence(models.Perceptron(inputs=3)), _sides, True),
    "perceptron_loss": (_descent, lambda: (2.0 * _sides() - 1)[:, None], True),
    "delta_rule": (
        lambda: learning.DeltaRule(models.Linear(inputs=3, outputs=1)),
        lambda: _x()[:, :1] - 2 * _x()[:, 1:2],
        True,
    ),
    "adaline": (lambda: learning.DeltaRule(models.Perceptron(inputs=3)), _sides, True),
    "backpropagation": (
        lambda: learning.Backpropagation(models.MLP(inputs=3, hidden=[4], outputs=1, activation=Sigmoid, dropout=0.0)),
        lambda: _x()[:, :1] * _x()[:, 1:2],
        True,
    ),
    "memory_based": (
        lambda: learning.MemoryBased(models.NearestNeighbours(inputs=3, outputs=2, capacity=30, neighbours=3)),
        _sides,
        True,
    ),
    "competitive_learning": (
        lambda: learning.CompetitiveLearning(models.Competitive(inputs=3, units=4)),
        lambda: None,
        False,
    ),
    "self_organising": (
        lambda: learning.SelfOrganising(models.SelfOrganisingMap(inputs=3, rows=2, columns=3)),
        lambda: None,
        False,
    ),
}


def made(name):
    make, targets, judged = RULES[name]
    torch.manual_seed(7)
    parts = {"train": np.arange(30), "valid": np.arange(30, N)} if judged else {"train": np.arange(30)}
    return make(), TensorSource({"x": _x()}, targets()), parts


def run(name, **settings):
    learner, source, parts = made(name)
    history = train(learner, source, parts, epochs=4, batch_size=8, seed=3, **settings)
    return learner, history


@pytest.mark.parametrize("name", RULES)
def test_it_leaves_the_same_records_as_any_learner(name):
    records, lines = [], []
    learner, history = run(name, watch=lambda record, batch: records.append(record), log=lines.append, log_every=4)
    assert isinstance(learner, Learner)
    assert all(isinstance(record, StepRecord) and record.loss.ndim == 0 for record in records)
    assert [record.number for record in records] == list(range(1, 17))
    assert [line["event"] for line in lines].count("epoch") == 4
    assert {"train/loss", "train/learning_rate"} <= set(lines[0])
    assert all(math.isfinite(line["train/loss"]) for line in lines)
    assert ("valid/loss" in history.last) == RULES[name][2]
    json.dumps(lines)


@pytest.mark.parametrize("name", RULES)
def test_a_person_sees_how_it_goes(name):
    stream = io.StringIO()
    run(name, progress=Progress(stream=stream))
    assert "epoch" in stream.getvalue()


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("at", [5, 9, 12])
@pytest.mark.parametrize("name", RULES)
def test_stopped_and_resumed_it_ends_at_the_same_bits(name, at, tmp_path):
    whole, history = run(name)

    def stop(record, batch):
        if record.number == at:
            raise StoppedError

    with pytest.raises(StoppedError):
        run(name, checkpoints=Checkpoints(tmp_path), checkpoint_steps=2, watch=stop)
    saved = Checkpoints(tmp_path).latest()
    assert 0 < saved.step < at
    again, resumed = run(name, checkpoints=Checkpoints(tmp_path), resume=saved)
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[key]), key
    assert again.number == whole.number == 16
    drop = [{key: value for key, value in line.items() if key != "time"} for line in history.epochs]
    assert drop == [{key: value for key, value in line.items() if key != "time"} for line in resumed.epochs]


@pytest.mark.parametrize("name", RULES)
def test_it_learns_something(name):
    learner, source, parts = made(name)
    before = {key: value.clone() for key, value in learner.model.state_dict().items()}
    history = train(learner, source, parts, epochs=30, batch_size=8, seed=3)
    losses = history.column("train/loss")
    assert any(not torch.equal(value, before[key]) for key, value in learner.model.state_dict().items())
    assert sum(losses[-5:]) < sum(losses[:5])


@pytest.mark.parametrize("name", RULES)
def test_a_weight_that_is_not_finite_is_named(name):
    learner, _, _ = made(name)
    weights = [weight for weight in learner.model.parameters() if weight.is_floating_point()]
    if not weights:
        pytest.skip("a memory has no weights")
    with torch.no_grad():
        weights[0].view(-1)[0] = float("nan")
    with pytest.raises(NonFiniteError, match=r"weight '[\w.]+' is NaN"):
        learner.check()


@pytest.mark.course("GD-02", "GD-03", "GD-04")
@pytest.mark.parametrize(("size", "updates"), [(30, 1), (1, 30), (8, 4)], ids=["batch", "stochastic", "mini-batch"])
def test_batch_stochastic_and_mini_batch_are_one_loop(size, updates):
    learner, source, parts = made("perceptron_loss")
    train(learner, source, parts, epochs=3, batch_size=size)
    assert learner.updates == 3 * updates


@pytest.mark.course("GD-02")
def test_a_batch_step_follows_the_mean_of_the_examples_gradients():
    learner, source, _ = made("perceptron_loss")
    batch = source.batch(np.arange(30))
    with torch.no_grad():
        learner.model.linear.weight.copy_(torch.tensor([[-1.0, 1.0, 0.2]]))
    gradients = []
    for row in range(30):
        one = source.batch(np.array([row]))
        loss = learner.loss(learner.model(**one.inputs), one.targets)
        gradients.append(torch.autograd.grad(loss, learner.model.linear.weight)[0])
    before = learner.model.linear.weight.detach().clone()
    learner.step(batch)
    expected = before - 0.1 * torch.stack(gradients).mean(dim=0)
    assert (expected != before).any()
    torch.testing.assert_close(learner.model.linear.weight.detach(), expected)
