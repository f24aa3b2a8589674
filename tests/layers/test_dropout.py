"""Dropout in its two forms."""

import pytest
import torch
from torch import nn

from glasswork import layers
from glasswork.errors import RangeError
from glasswork.layers import ClassicDropout, Dropout, classic_dropout_formula, dropout_formula
from suite import check_behaves, check_same_kernels, check_twin


def _mask(x, p):
    """The very choices that torch's kernel makes after the same seed."""
    torch.manual_seed(5)
    return torch.empty_like(x).bernoulli_(1 - p)


def _seeded(part):
    def call(x):
        torch.manual_seed(5)
        return part(x)

    return call


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9])
def test_twins(p):
    x = torch.linspace(-3, 3, 40, dtype=torch.float64).view(4, 10)
    check_twin(_seeded(Dropout(p)), lambda x: dropout_formula(x, _mask(x, p), p=p), x)
    check_twin(_seeded(ClassicDropout(p)), lambda x: classic_dropout_formula(x, _mask(x, p)), x)


def test_torchs_own_numbers_and_kernels():
    x = torch.randn(16, 8)
    assert torch.equal(_seeded(Dropout(0.3))(x), _seeded(nn.Dropout(0.3))(x))
    check_same_kernels(Dropout(0.3), nn.Dropout(0.3), x)
    check_same_kernels(Dropout(0.3).eval(), nn.Dropout(0.3).eval(), x)
    assert isinstance(Dropout(0.3), nn.Dropout)


@pytest.mark.parametrize("kind", [Dropout, ClassicDropout])
def test_behaves(kind):
    check_behaves(kind(0.3), torch.randn(5, 4))
    check_behaves(kind(0.3).eval(), torch.randn(5, 4))


@pytest.mark.parametrize("name", ["Dropout", "ClassicDropout"])
@pytest.mark.parametrize("p", [1.0, -0.1, float("nan")])
def test_refuses_to_silence_everything(name, p):
    with pytest.raises(RangeError, match=rf"{name}: p must be in \[0, 1\), got p={p}\."):
        getattr(layers, name)(p)


@pytest.mark.course(
    "REG-05",
    verdict="holds",
    seen="over 20,000 masks a unit's mean in training is within 2 % of its output at prediction, in the inverted form "
    "and in the one that multiplies weights by 1 - p; at prediction nothing is silenced",
)
@pytest.mark.parametrize("kind", [Dropout, ClassicDropout])
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_the_mean_in_training_is_the_output_at_prediction(kind, p):
    x = torch.tensor([1.0, -2.0, 0.5, 4.0], dtype=torch.float64)
    part = kind(p)
    mean = part(x.expand(20_000, 4)).mean(0)
    part.eval()
    assert torch.equal(part(x), part(x))
    torch.testing.assert_close(mean, part(x), rtol=0.02, atol=0)


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_turning_outputs_down_is_turning_weights_down(p):
    x = torch.randn(6, 3, dtype=torch.float64)
    head = nn.Linear(3, 2, bias=False).double()
    scaled = x @ (head.weight * (1 - p)).T
    torch.testing.assert_close(head(ClassicDropout(p).eval()(x)), scaled, rtol=0, atol=1e-14)
