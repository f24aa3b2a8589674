"""Batch normalisation: training, prediction, and the averages between them."""

import pytest
import torch
from torch import nn

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import (
    BatchNorm,
    batch_norm_formula,
    batch_norm_inference_formula,
    running_statistics_formula,
)
from suite import check_behaves, check_same_kernels, check_twin

SHAPES = [(6, 3), (4, 3, 5), (2, 3, 4, 5)]
GAMMA = torch.tensor([1.5, -0.5, 2.0], dtype=torch.float64)
BETA = torch.tensor([0.1, -3.0, 7.0], dtype=torch.float64)


def _norm(**settings):
    norm = BatchNorm(3, **settings).double()
    with torch.no_grad():
        norm.weight.copy_(GAMMA)
        norm.bias.copy_(BETA)
    return norm


def _data(shape):
    torch.manual_seed(1)
    return torch.randn(shape, dtype=torch.float64) * 3 + 1


@pytest.mark.parametrize("shape", SHAPES)
def test_twin_in_training(shape):
    def kernel(z, gamma, beta):
        return torch.func.functional_call(BatchNorm(3).double(), {"weight": gamma, "bias": beta}, (z,))

    check_twin(kernel, batch_norm_formula, _data(shape), GAMMA, BETA)


@pytest.mark.parametrize("shape", SHAPES)
def test_twin_at_prediction(shape):
    norm = _norm().eval()
    norm.running_mean.copy_(torch.tensor([1.0, 2.0, -1.0]))
    norm.running_var.copy_(torch.tensor([4.0, 0.5, 9.0]))

    def formula(z):
        return batch_norm_inference_formula(z, norm.running_mean, norm.running_var, GAMMA, BETA)

    check_twin(norm, formula, _data(shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_running_statistics(shape):
    norm = _norm(momentum=0.3)
    mean, variance = norm.running_mean.clone(), norm.running_var.clone()
    for number in range(3):
        z = _data(shape) + number
        norm(z)
        mean, variance = running_statistics_formula(z, mean, variance, momentum=0.3)
        torch.testing.assert_close((norm.running_mean, norm.running_var), (mean, variance), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("theirs", "shape"), [(nn.BatchNorm1d, (8, 3)), (nn.BatchNorm1d, (8, 3, 4)), (nn.BatchNorm2d, (4, 3, 5, 5))]
)
def test_torchs_own_numbers_kernels_and_state(theirs, shape):
    ours, reference = BatchNorm(3), theirs(3)
    reference.load_state_dict(ours.state_dict())
    x = torch.randn(shape)
    assert torch.equal(ours(x), reference(x))
    assert torch.equal(ours.running_var, reference.running_var)
    check_same_kernels(ours, reference, x)
    check_same_kernels(ours.eval(), reference.eval(), x)


def test_behaves():
    check_behaves(BatchNorm(4).eval(), torch.randn(5, 4))
    check_behaves(BatchNorm(4), torch.randn(5, 4, 3), batch=False, half=False)


def test_refusals():
    with pytest.raises(ShapeError, match=r"BatchNorm: x must have size 3 in dimension 1, got shape \(4, 2\)\."):
        BatchNorm(3)(torch.zeros(4, 2))
    with pytest.raises(ShapeError, match=r"BatchNorm: x must have 2 or 3 or 4 or 5 dimensions, got shape \(3,\)\."):
        BatchNorm(3)(torch.zeros(3))
    with pytest.raises(RangeError, match=r"BatchNorm: values_per_channel must be >= 2, got values_per_channel=1\."):
        BatchNorm(3)(torch.zeros(1, 3))
    assert BatchNorm(3)(torch.zeros(1, 3, 2)).shape == (1, 3, 2)
    for settings in ({"eps": 0.0}, {"momentum": 1.5}):
        with pytest.raises(RangeError, match=f"BatchNorm: {next(iter(settings))} must be"):
            BatchNorm(3, **settings)


@pytest.mark.course("NORM-01")
@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_sets_the_spread_and_beta_the_mean(shape):
    z = _data(shape)
    over = [dimension for dimension in range(z.ndim) if dimension != 1]
    y = _norm()(z)
    torch.testing.assert_close(y.mean(over), BETA, rtol=0, atol=1e-12)
    variance = z.var(over, correction=0)
    torch.testing.assert_close(y.std(over, correction=0), GAMMA.abs() * (variance / (variance + 1e-5)).sqrt())


@pytest.mark.course("NORM-01")
def test_it_can_learn_to_do_nothing():
    z = _data((6, 3))
    norm = BatchNorm(3).double()
    with torch.no_grad():
        norm.weight.copy_((z.var(0, correction=0) + norm.eps).sqrt())
        norm.bias.copy_(z.mean(0))
    torch.testing.assert_close(norm(z), z, rtol=0, atol=1e-12)


@pytest.mark.course(
    "NORM-02",
    verdict="holds",
    seen="training and prediction give different outputs for the same rows; after 200 batches of 64 the running mean "
    "and variance are within 0.1 and 5 % of the data's own, and prediction no longer depends on the other rows",
)
def test_training_and_prediction_differ_and_the_averages_converge():
    torch.manual_seed(2)
    norm = BatchNorm(2).double()
    scale, shift = torch.tensor([2.0, 0.5], dtype=torch.float64), torch.tensor([3.0, -1.0], dtype=torch.float64)
    for _ in range(200):
        batch = torch.randn(64, 2, dtype=torch.float64) * scale + shift
        in_training = norm(batch)
    torch.testing.assert_close(norm.running_mean, shift, rtol=0, atol=0.1)
    torch.testing.assert_close(norm.running_var, scale**2, rtol=0.05, atol=0)
    norm.eval()
    assert (norm(batch) - in_training).abs().max() > 0.01
    torch.testing.assert_close(norm(batch)[:1], norm(batch[:1]), rtol=0, atol=1e-14)


@pytest.mark.course("NORM-05")
def test_small_batches_have_noisy_statistics():
    # The mean of n values of variance 1 has variance 1/n.
    torch.manual_seed(3)
    z = torch.randn(4096, 64, dtype=torch.float64)
    for n in (2, 8, 32):
        means = z.view(-1, n, 64).mean(1)
        assert means.var().item() == pytest.approx(1 / n, rel=0.05)
