import pytest
import torch
from torch import nn

from glasswork.errors import RangeError
from glasswork.learning import EMA


def test_worked_by_hand():
    # decays: 2/11, then 3/12. Weights 1 -> 12 -> 4: 2/11 * 1 + 9/11 * 12 = 10; 1/4 * 10 + 3/4 * 4 = 5.5
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, 1.0)
    ema = EMA(model, decay=0.999)
    for weight, average in ((12.0, 10.0), (4.0, 5.5)):
        nn.init.constant_(model.weight, weight)
        ema.update()
        assert ema.model.weight.item() == pytest.approx(average, abs=1e-12)
    assert not ema.model.weight.requires_grad


def test_never_forgets_faster_than_asked():
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, 0.0)
    ema = EMA(model, decay=0.5)
    ema.updates = 1000
    nn.init.constant_(model.weight, 8.0)
    ema.update()
    assert ema.model.weight.item() == 4.0


def test_buffers_are_copied_and_the_model_is_left_alone():
    model = nn.BatchNorm1d(2)
    ema = EMA(model, decay=0.9)
    model(torch.randn(8, 2))
    before = [p.detach().clone() for p in model.parameters()]
    ema.update()
    assert torch.equal(ema.model.running_mean, model.running_mean)
    assert ema.model.num_batches_tracked == 1
    assert not ema.model.training
    assert model.training
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_refuses_a_decay_of_one():
    with pytest.raises(RangeError, match=r"EMA: decay must be in \[0, 1\), got decay=1.0"):
        EMA(nn.Linear(1, 1), decay=1.0)
