"""Early stopping, on curves drawn by hand."""

import json
import math

import pytest
import torch
from torch import nn

from glasswork.errors import RangeError, UsageError
from glasswork.regularizers import EarlyStopping

CURVE = [5.0, 3.0, 2.0, 2.5, 1.0, 1.5, 1.4, 1.3, 0.5]  # the best of the first eight is the fifth


def _run(stopping, curve):
    """Train on a curve: the weight is the number of the round."""
    model = nn.Linear(1, 1, bias=False)
    for number, value in enumerate(curve, start=1):
        nn.init.constant_(model.weight, float(number))
        stopping.judge(value, model)
        if stopping.out_of_patience:
            break
    return model


@pytest.mark.course("REG-07")
@pytest.mark.parametrize(("patience", "stopped", "best"), [(1, 4, 3), (2, 7, 5), (3, 8, 5), (4, 9, 9), (None, 9, 9)])
def test_stops_so_many_rounds_after_the_best_and_goes_back_to_it(patience, stopped, best):
    stopping = EarlyStopping(patience=patience)
    model = _run(stopping, CURVE)
    assert stopping.rounds == stopped
    assert stopping.best == CURVE[best - 1]
    stopping.restore(model)
    assert model.weight.item() == best


def test_more_can_be_better():
    stopping = EarlyStopping(patience=2, largest=True)
    model = _run(stopping, [-value for value in CURVE])
    stopping.restore(model)
    assert (stopping.rounds, stopping.best, model.weight.item()) == (7, -1.0, 5)


def test_equal_values_are_no_better_unless_the_loss_is():
    stopping = EarlyStopping()
    assert [stopping.judge(1.0), stopping.judge(1.0)] == [True, False]
    assert [stopping.judge(1.0, loss=-1.0), stopping.judge(1.0, loss=-1.0)] == [True, False]


def test_nan_is_never_better_unless_it_comes_first():
    stopping = EarlyStopping(patience=2)
    assert [stopping.judge(value) for value in (math.nan, math.nan, 4.0, math.nan)] == [True, False, True, False]
    assert (stopping.best, stopping.bad_rounds) == (4.0, 1)


def test_goes_on_from_a_saved_state():
    stopping = EarlyStopping(patience=2)
    for value in CURVE[:4]:
        stopping.judge(value)
    other = EarlyStopping(patience=2)
    other.load_state_dict(json.loads(json.dumps(stopping.state_dict())))
    for value in CURVE[4:7]:
        assert stopping.judge(value) == other.judge(value)
        assert stopping.out_of_patience == other.out_of_patience
    assert other.state_dict() == stopping.state_dict()
    fresh = EarlyStopping()
    fresh.load_state_dict(EarlyStopping().state_dict())
    assert fresh.best is None


def test_refusals():
    with pytest.raises(RangeError, match=r"EarlyStopping: patience must be >= 1, got patience=0\."):
        EarlyStopping(patience=0)
    stopping = EarlyStopping()
    stopping.judge(1.0)
    with pytest.raises(UsageError, match=r"EarlyStopping: no weights were kept to restore; call judge\(value, model\)"):
        stopping.restore(nn.Linear(1, 1))


def test_the_weights_are_copies():
    model = nn.Linear(1, 1)
    stopping = EarlyStopping()
    stopping.judge(1.0, model)
    before = model.weight.detach().clone()
    with torch.no_grad():
        model.weight.add_(1)
    stopping.restore(model)
    assert torch.equal(model.weight, before)
