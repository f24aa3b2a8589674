"""The loop tells a schedule that listens how validation went, and a resumed run remembers it."""

import numpy as np
import torch
from torch import nn

from glasswork.learning import GradientDescent
from glasswork.optimizers import SGD
from glasswork.schedules import Plateau
from glasswork.training import Checkpoints, TensorSource, train


class _Line(nn.Linear):
    def forward(self, x):
        return super().forward(x)


class _Score:
    """A task whose metric is the better the larger: minus the squared error."""

    monitor, monitor_direction = "score", "max"

    def meter(self):
        return self

    def update(self, outputs, targets):
        self.score = -float((outputs - targets).square().mean())

    def compute(self):
        return {"score": self.score}


def _learner(schedule):
    torch.manual_seed(0)
    model = _Line(2, 1)
    return GradientDescent(model, nn.functional.mse_loss, SGD(model.parameters(), lr=0.1), schedule=schedule)


def _train(learner, epochs, restore_best=False, **more):
    x = torch.randn(40, 2, generator=torch.Generator().manual_seed(1))
    y = x @ torch.tensor([[1.0], [-2.0]])
    y[30:] += 5.0 * torch.randn(10, 1, generator=torch.Generator().manual_seed(2))  # what validation cannot learn
    parts = {"train": np.arange(30), "valid": np.arange(30, 40)}
    more = {"batch_size": 10, "log_every": 1, "restore_best": restore_best, **more}
    return train(learner, TensorSource({"x": x}, y), parts, epochs=epochs, **more)


def test_the_rate_falls_when_validation_stops_getting_better():
    schedule = Plateau(factor=0.5, patience=1)
    history = _train(_learner(schedule), 12)
    expected = Plateau(factor=0.5, patience=1)
    rates = {}
    for line in history.epochs:
        rates[line["epoch"] + 1] = 0.1 * expected(0, 1) if line["epoch"] == 0 else None
        expected.observe(line["valid/loss"])
        rates[line["epoch"] + 1] = 0.1 * expected(0, 1)
    assert expected(0, 1) < 1
    for line in history.steps:
        if line["epoch"] > 1:
            assert line["train/learning_rate"] == rates[line["epoch"]]


def test_a_resumed_run_gives_the_same_weights(tmp_path):
    straight = _learner(Plateau(factor=0.5, patience=1))
    _train(straight, 12)
    first = _learner(Plateau(factor=0.5, patience=1))
    saved = Checkpoints(tmp_path)
    _train(first, 6, checkpoints=saved)
    second = _learner(Plateau(factor=0.5, patience=1))
    _train(second, 12, resume=saved.latest())
    assert second.schedule.state_dict() == straight.schedule.state_dict()
    assert torch.equal(second.model.weight, straight.model.weight)


def test_a_metric_of_which_more_is_better_is_turned_round():
    heard = []
    learner = _learner(Plateau())
    learner.observe = heard.append
    history = _train(learner, 3, task=_Score())
    assert heard == [-line["valid/score"] for line in history.epochs]
    assert min(heard) > 0


def test_a_checkpoint_before_the_first_validation(tmp_path):
    learner = _learner(Plateau())
    saved = Checkpoints(tmp_path)
    train(
        learner,
        TensorSource({"x": torch.ones(4, 2)}, torch.ones(4, 1)),
        {"train": np.arange(4)},
        epochs=1,
        batch_size=2,
        checkpoints=saved,
    )
    again = _learner(Plateau(factor=0.5))
    saved.latest().load(again)
    again.observe(3.0)
    assert again.schedule.best == 3.0
