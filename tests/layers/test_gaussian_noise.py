"""Gaussian noise."""

import pytest
import torch

from glasswork.errors import RangeError
from glasswork.layers import GaussianNoise, gaussian_noise_formula
from suite import check_behaves, check_twin


def test_twin():
    def kernel(x):
        torch.manual_seed(3)
        return GaussianNoise(0.3)(x)

    def formula(x):
        torch.manual_seed(3)
        return gaussian_noise_formula(x, torch.randn_like(x), deviation=0.3)

    check_twin(kernel, formula, torch.randn(4, 5, dtype=torch.float64))


@pytest.mark.course(
    "REG-09",
    verdict="holds",
    seen="the added noise has mean 0 and the variance asked for (0.09) within 1 % over 100,000 numbers, and none is "
    "added at prediction",
)
def test_mean_and_variance_of_the_noise():
    x = torch.full((100_000,), 2.0, dtype=torch.float64)
    noise = GaussianNoise(0.3)
    added = noise(x) - x
    assert added.mean().item() == pytest.approx(0, abs=0.003)
    assert added.var().item() == pytest.approx(0.09, rel=0.01)
    assert noise.eval()(x) is x


def test_behaves():
    check_behaves(GaussianNoise(0.1), torch.randn(5, 4))


def test_refuses_a_negative_deviation():
    with pytest.raises(RangeError, match=r"GaussianNoise: deviation must be >= 0, got deviation=-1\."):
        GaussianNoise(-1)
