"""What the course says about initial weights, where mathematics (or one seeded run of it) settles the matter."""

from functools import partial

import pytest
import torch
from torch import nn

from glasswork.activations import SELU, Identity, ReLU, Sigmoid, Tanh
from glasswork.initializers import (
    constant,
    fan_in_scaled,
    fan_in_uniform,
    he_normal,
    he_uniform,
    initialize,
    initializer_for,
    large_random,
    lecun_normal,
    lecun_uniform,
    positive_bias,
    small_random,
    xavier_normal,
    zeros,
)
from glasswork.losses import cross_entropy
from glasswork.models import MLP, ConvNet
from glasswork.optimizers import SGD, Adam
from glasswork.training import fit

WIDTH, DEPTH = 256, 20


def outputs_by_depth(initializer, activation, *, width=WIDTH, depth=DEPTH):
    """What each layer of a deep network says about 512 standard normal rows, before any training."""
    model = MLP(inputs=width, outputs=1, hidden=[width] * depth, activation=activation, dropout=0.0)
    initialize(model.double(), partial(initializer, generator=torch.Generator().manual_seed(1)))
    outputs = []
    for layer in model.hidden:
        layer.register_forward_hook(lambda module, given, out: outputs.append(out.detach()))
    model(torch.randn(512, width, generator=torch.Generator().manual_seed(2), dtype=torch.float64))
    return outputs


def second_moments(*arguments, **settings):
    return torch.stack([h.square().mean() for h in outputs_by_depth(*arguments, **settings)])


def trained(model, *, epochs=10, seed=0):
    """A few epochs on three noisy classes."""
    torch.manual_seed(seed)
    y = torch.arange(120) % 3
    x = torch.randn(120, 4) + 2 * torch.eye(3, 4)[y]
    fit(model, (x, y), loss=cross_entropy, optimizer=SGD(model.parameters(), lr=0.1), epochs=epochs, progress=False)
    return model


@pytest.mark.course(
    "INIT-01",
    verdict="holds",
    seen="through 20 layers of 256 ReLU units the signal's mean square falls by a factor below 1e-30 from weights of "
    "deviation 0.01, rises by one above 1e30 from deviation 1, and stays within 10-fold with He's variance",
)
def test_a_signal_vanishes_explodes_or_passes_by_the_variance_of_the_weights():
    assert second_moments(small_random, ReLU)[-1] < 1e-30
    assert second_moments(large_random, ReLU)[-1] > 1e30
    assert 0.1 < second_moments(he_normal, ReLU)[-1] < 10


@pytest.mark.course(
    "INIT-02",
    "PROB-12",
    verdict="holds",
    seen="after 10 epochs all hidden units that began at zero are equal, bit for bit; with ReLU or tanh they have not "
    "moved at all, and only the last layer's bias has learned",
)
@pytest.mark.parametrize("activation", [ReLU, Tanh, Sigmoid])
def test_units_that_begin_at_zero_stay_identical(activation):
    model = initialize(MLP(inputs=4, outputs=3, hidden=[8], activation=activation, dropout=0.0), zeros)
    hidden = trained(model).hidden[0].linear
    assert torch.equal(hidden.weight, hidden.weight[:1].expand(8, 4))
    assert torch.equal(hidden.bias, hidden.bias[:1].expand(8))
    assert torch.equal(model.head.weight, model.head.weight[:, :1].expand(3, 8))
    assert hidden.weight.any() == (activation is Sigmoid)  # which says 1/2 at 0, so its outgoing weights can move
    assert model.head.bias.any()


@pytest.mark.course(
    "INIT-03",
    verdict="holds",
    seen="hidden units that begin with the same constant are equal after 10 epochs; from random weights no two are",
)
def test_units_that_begin_equal_stay_equal():
    equal = initialize(MLP(inputs=4, outputs=3, hidden=[8], dropout=0.0), partial(constant, value=0.3))
    weight = trained(equal).hidden[0].linear.weight
    # Equal up to the rounding of sums over units in other lanes of the processor.
    torch.testing.assert_close(weight, weight[:1].expand(8, 4), rtol=1e-5, atol=1e-6)
    assert (weight - 0.3).abs().max() > 0.05  # they did learn
    weight = trained(initialize(MLP(inputs=4, outputs=3, hidden=[8], dropout=0.0), he_normal)).hidden[0].linear.weight
    assert torch.pdist(weight).min() > 0.1


@pytest.mark.course(
    "INIT-04",
    verdict="holds",
    seen="with deviation 0.01 and 256 inputs each ReLU layer keeps 256 x 0.01^2 / 2 = 1.3 % of the mean square, so "
    "that 20 layers keep about 1e-38 of it",
)
def test_small_random_weights_vanish_geometrically():
    moments = second_moments(small_random, ReLU)
    rate = (moments[9] / moments[0]) ** (1 / 9)
    assert rate.item() == pytest.approx(WIDTH * 0.01**2 / 2, rel=0.1)
    linear = second_moments(small_random, Identity)
    assert ((linear[9] / linear[0]) ** (1 / 9)).item() == pytest.approx(WIDTH * 0.01**2, rel=0.1)


@pytest.mark.course(
    "INIT-05",
    verdict="holds",
    seen="with deviation 1 each of 20 ReLU layers multiplies the mean square by about 128, half its inputs, and 85 % "
    "or more of tanh units say more than 0.99 in size in every layer, against less than 1 % with Xavier's variance",
)
def test_large_random_weights_explode_or_saturate():
    moments = second_moments(large_random, ReLU)
    assert ((moments[-1] / moments[0]) ** (1 / (DEPTH - 1))).item() == pytest.approx(WIDTH / 2, rel=0.15)
    saturated = [(h.abs() > 0.99).float().mean().item() for h in outputs_by_depth(large_random, Tanh)]
    healthy = [(h.abs() > 0.99).float().mean().item() for h in outputs_by_depth(xavier_normal, Tanh)]
    assert min(saturated) > 0.85
    assert max(healthy) < 0.01


@pytest.mark.course(
    "INIT-06",
    verdict="holds",
    seen="LeCun's variance keeps a linear stack's and a SELU stack's mean square, and He's a ReLU stack's, within "
    "3-fold at every one of 20 layers",
)
@pytest.mark.parametrize(
    ("initializer", "activation"),
    [(lecun_normal, Identity), (lecun_uniform, SELU), (he_normal, ReLU), (he_uniform, ReLU)],
)
def test_the_right_variance_keeps_the_signal(initializer, activation):
    moments = second_moments(initializer, activation)
    assert 1 / 3 < moments.min() <= moments.max() < 3


@pytest.mark.course(
    "INIT-07",
    verdict="holds under conditions",
    seen="bounds of 1 over the root of the inputs give the variance 1/(3 in), a third of what keeps a linear signal: "
    "five linear layers leave 1/243 of it, so it is a basic choice for shallow networks",
)
def test_fan_in_uniform_keeps_a_third_a_layer():
    moments = second_moments(fan_in_uniform, Identity, depth=5)
    assert moments[0].item() == pytest.approx(1 / 3, rel=0.05)
    assert ((moments[4] / moments[0]) ** (1 / 4)).item() == pytest.approx(1 / 3, rel=0.05)


@pytest.mark.course(
    "INIT-08",
    verdict="holds under conditions",
    seen="through 20 tanh layers Xavier's variance leaves about a quarter of the last layer's gradient for the first, "
    "weights of deviation 0.01 leave less than 1e-9; for sigmoids it leaves less than 1e-9 too, as their slope is at "
    "most 1/4: there it serves shallow networks only",
)
def test_xavier_balances_the_gradients_of_tanh():
    assert 0.2 < gradient_ratio(xavier_normal, Tanh) < 0.33
    assert gradient_ratio(small_random, Tanh) < 1e-9
    assert gradient_ratio(xavier_normal, Sigmoid) < 1e-9


@pytest.mark.course(
    "INIT-09",
    "INIT-12",
    verdict="holds",
    seen="for Xavier, He and LeCun the variances of 65,536 uniform and 65,536 normal weights agree within 2 %",
)
def test_both_shapes_have_the_same_variance():
    for activation in (Tanh, ReLU, SELU):
        variances = [
            initializer_for(activation, shape)(torch.empty(256, 256), generator=torch.Generator().manual_seed(3)).var()
            for shape in ("normal", "uniform")
        ]
        torch.testing.assert_close(variances[0], variances[1], rtol=0.02, atol=0)


@pytest.mark.course(
    "INIT-10",
    verdict="holds",
    seen="the variance of a weighted sum of 10, 100 or 1000 inputs of variance 1 is 1 within 5 %; with weights of "
    "variance 1 it is the number of inputs",
)
@pytest.mark.parametrize("inputs", [10, 100, 1000])
def test_a_sums_variance_does_not_depend_on_its_length(inputs):
    x = torch.randn(1000, inputs, generator=torch.Generator().manual_seed(4))
    sums = x @ fan_in_scaled(torch.empty(500, inputs), generator=torch.Generator().manual_seed(5)).T
    assert sums.var().item() == pytest.approx(1, rel=0.05)
    sums = x @ large_random(torch.empty(500, inputs), generator=torch.Generator().manual_seed(5)).T
    assert sums.var().item() == pytest.approx(inputs, rel=0.05)


@pytest.mark.course(
    "INIT-11",
    verdict="holds",
    seen="He's variance keeps a ReLU stack's mean square within 3-fold over 20 layers, Xavier's halves it every layer",
)
def test_he_suits_relu():
    he, xavier = second_moments(he_normal, ReLU), second_moments(xavier_normal, ReLU)
    assert 1 / 3 < he[-1] < 3
    assert ((xavier[-1] / xavier[0]) ** (1 / (DEPTH - 1))).item() == pytest.approx(1 / 2, rel=0.1)


@pytest.mark.course(
    "INIT-13",
    verdict="holds",
    seen="through 20 SELU layers LeCun's weights keep the mean within 0.25 of 0 and the variance between 0.7 and 1.4; "
    "He's weights make the variance more than ten times as large",
)
def test_selu_with_lecun_normalises_itself():
    layers = outputs_by_depth(lecun_normal, SELU)
    assert max(h.mean().abs().item() for h in layers) < 0.25
    assert 0.7 < min(h.var().item() for h in layers) <= max(h.var().item() for h in layers) < 1.4
    assert outputs_by_depth(he_normal, SELU)[-1].var() > 10


def gradient_ratio(initializer, activation):
    """The gradient at the first hidden layer's outputs, against that at the last's."""
    model = MLP(inputs=WIDTH, outputs=4, hidden=[WIDTH] * DEPTH, activation=activation, dropout=0.0).double()
    initialize(model, partial(initializer, generator=torch.Generator().manual_seed(1)))
    outputs = []
    for layer in model.hidden:
        layer.register_forward_hook(lambda module, given, out: outputs.append(out))
    x = torch.randn(256, WIDTH, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    loss = cross_entropy(model(x), torch.arange(256) % 4)
    first, last = torch.autograd.grad(loss, [outputs[0], outputs[-1]])
    return (first.norm() / last.norm()).item()


@pytest.mark.course(
    "INIT-14",
    verdict="holds under conditions",
    seen="in 20 layers ReLU-He, tanh-Xavier and SELU-LeCun keep the first layer's gradient within 4-fold of the "
    "last's; ReLU-Xavier leaves less than 1 % and SELU-He gives more than 10-fold, but tanh-He is as balanced as "
    "tanh-Xavier, and for plain sigmoids no variance helps at this depth",
)
def test_pairs_that_keep_gradients_balanced():
    for activation in (ReLU, Tanh, SELU):
        assert 1 / 4 < gradient_ratio(initializer_for(activation), activation) < 4
    assert gradient_ratio(xavier_normal, ReLU) < 0.01
    assert gradient_ratio(he_normal, SELU) > 10
    assert 1 / 4 < gradient_ratio(he_normal, Tanh) < 4
    for initializer in (xavier_normal, he_normal, lecun_normal):
        assert gradient_ratio(initializer, Sigmoid) < 1e-6


@pytest.mark.course("INIT-15", "HP-14")
def test_a_bias_of_its_own_for_relu():
    model = initialize(MLP(inputs=4, outputs=2, hidden=[6]), he_normal, positive_bias)
    for layer in (model.hidden[0].linear, model.head):
        torch.testing.assert_close(layer.bias.detach(), torch.full_like(layer.bias, 0.01))
    # All sums are the bias where the input is 0, so no unit is silent there.
    assert (model.hidden[0].linear(torch.zeros(1, 4)) > 0).all()


@pytest.mark.course(
    "INIT-16",
    verdict="holds",
    seen="filters that began as small random numbers have changed by training, all of them, and the network classifies "
    "bars better than it did",
)
def test_filters_are_learned():
    torch.manual_seed(0)
    y = torch.arange(64) % 2
    x = 0.3 * torch.randn(64, 1, 8, 8)
    x[y == 0, :, 3] += 1
    x[y == 1, :, :, 3] += 1
    model = ConvNet(channels=1, height=8, width=8, outputs=2, maps=[4])
    initialize(model, small_random)
    before = [p.detach().clone() for p in model.parameters() if p.ndim == 4]
    loss = cross_entropy(model(x), y).item()
    fit(model, (x, y), loss=cross_entropy, optimizer=Adam(model.parameters(), lr=0.01), epochs=40, progress=False)
    after = [p for p in model.parameters() if p.ndim == 4]
    for old, new in zip(before, after, strict=True):
        assert ((new - old).flatten(1).norm(dim=1) > 1e-3).all()
    assert cross_entropy(model.eval()(x), y).item() < loss - 0.1


def test_a_norm_is_not_changed_by_initialize():
    model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))
    initialize(model, zeros)
    assert model[1].weight.tolist() == [1, 1]
