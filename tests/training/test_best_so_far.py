import math

import pytest
import torch
from torch import nn

from glasswork.errors import UsageError
from glasswork.training.best_so_far import BestSoFar


def lines(values, name="valid/score", losses=None):
    losses = losses or [1.0] * len(values)
    return [
        {"epoch": i, name: v, "valid/loss": n} for i, (v, n) in enumerate(zip(values, losses, strict=True), start=1)
    ]


@pytest.mark.parametrize(
    ("largest", "values", "losses", "expected"),
    [
        (True, [1, 3, 2, 3], [1, 1, 1, 1], [True, True, False, False]),
        (True, [1, 1, 1], [3, 2, 2], [True, True, False]),  # the loss decides between equals
        (False, [math.nan, 5, math.nan, 4], [1, 1, 1, 1], [True, True, False, True]),
    ],
)
def test_judging(largest, values, losses, expected):
    best = BestSoFar("valid/score", largest=largest)
    assert [best.judge(line, nn.Identity()) for line in lines(values, losses=losses)] == expected


def test_patience_counts_epochs_since_the_best_and_survives_saving():
    best = BestSoFar("valid/score", patience=2)
    model = nn.Linear(1, 1)
    first, *rest = lines([1.0, 2.0, 2.0])
    best.judge(first, model)
    best.judge(rest[0], model)
    other = BestSoFar("valid/score", patience=2)
    other.load_state_dict(best.state_dict())
    for one in (best, other):
        assert not one.out_of_patience
        one.judge(rest[1], model)
        assert one.out_of_patience
        assert one.line == first


def test_restores_copies_not_references():
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 2.0)
    best = BestSoFar("valid/score")
    best.judge(lines([1.0])[0], model)
    nn.init.constant_(model.weight, 9.0)
    best.restore([model, model], None)
    assert torch.equal(model.weight.detach(), torch.tensor([[2.0]]))


def test_a_metric_that_was_not_measured():
    with pytest.raises(UsageError, match="the task's metric 'score' was not measured; measured: loss"):
        BestSoFar("valid/score").judge({"valid/loss": 1.0}, nn.Identity())
