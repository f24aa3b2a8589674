"""Worked examples about initial weights, normalisation, regularisation and gradients through many layers."""

import pytest
import torch
from torch import nn

from glasswork import course
from glasswork.activations import Sigmoid
from glasswork.initializers import (
    constant,
    fan_in_uniform,
    he_normal,
    he_uniform,
    initialize,
    lecun_normal,
    lecun_uniform,
    normal,
    uniform,
    xavier_normal,
    xavier_uniform,
    zeros,
)
from glasswork.layers import BatchNorm, ClassicDropout, Dropout, LayerNorm
from glasswork.losses import squared_error
from glasswork.models import Linear
from glasswork.optimizers import SGD
from glasswork.regularizers import l1, ridge, soft_threshold
from suite import close


def _unit(weight, bias=0.0):
    layer = Linear(inputs=1, outputs=1).double()
    return initialize(layer, lambda w: constant(w, value=weight), lambda b: constant(b, value=bias))


def _sigmoids(layers):
    """A chain of sigmoids with weights 1, each at a sum of 0, where it is steepest: a bias takes away 1/2."""
    return nn.Sequential(Sigmoid(), *(nn.Sequential(_unit(1.0, -0.5), Sigmoid()) for _ in range(layers - 1)))


def _slope(model):
    x = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    model(x).sum().backward()
    return x.grad.squeeze()


@pytest.mark.course("WE-14", "PROB-01")
def test_we_14_products_that_vanish():
    example = course.worked("WE-14")
    inputs = example["inputs"]
    product, product2 = (_slope(nn.Sequential(*map(_unit, inputs[key]))) for key in ("factors", "factors2"))
    close(example, "product", product)
    close(example, "product2", product2)
    assert product2.item() != pytest.approx(0.08)  # as printed

    weight = nn.Parameter(torch.tensor(inputs["w_old"], dtype=torch.float64))
    weight.grad = product
    SGD([weight], lr=inputs["eta"]).step()
    close(example, "w_new", weight)
    assert weight.item() > 2.4985  # not about 2.49, as printed

    close(example, "sigmoid_slope_max", _slope(Sigmoid()))
    for layers, key in ((4, "bound_4_layers"), (10, "bound_10_layers")):
        close(example, key, _slope(_sigmoids(layers)))


@pytest.mark.course("WE-15", "PROB-02")
def test_we_15_a_factor_that_explodes():
    example = course.worked("WE-15")
    neuron = nn.Sequential(_unit(example["inputs"]["w"]), Sigmoid())
    assert _slope(Sigmoid()).item() == example["inputs"]["sigmoid_slope"]
    close(example, "factor", _slope(neuron))


@pytest.mark.course("WE-24", "REG-05")
def test_we_24_dropout_at_prediction():
    example = course.worked("WE-24")
    p = example["inputs"]["p"]
    ones = torch.ones(1000, dtype=torch.float64)
    scale = ClassicDropout(p).eval()(ones)[0]
    close(example, "test_scale", scale)
    assert scale.item() != pytest.approx(0.75)  # as printed
    heard = Dropout(p)(ones).unique()
    assert heard[0] == 0
    close(example, "inverted_train_scale", heard[1])
    assert torch.equal(Dropout(p).eval()(ones), ones)


@pytest.mark.course("WE-36", "NORM-01", "NORM-08")
def test_we_36_down_the_columns_and_along_the_rows():
    example = course.worked("WE-36")
    inputs = example["inputs"]
    z = torch.tensor(inputs["Z"], dtype=torch.float64)
    batch, layer = BatchNorm(3, eps=inputs["eps"], momentum=1.0).double(), LayerNorm(3, eps=inputs["eps"]).double()
    for norm in (batch, layer):
        constant(norm.weight, value=inputs["gamma"])
        constant(norm.bias, value=inputs["beta"])
    close(example, "bn", batch(z))
    close(example, "ln", layer(z))
    close(example, "bn_mean", batch.running_mean)
    close(example, "bn_var", batch.running_var / 2)  # kept with n - 1 = 1 in place of n = 2
    # Layer norm along rows is batch norm down the columns of the transpose.
    turned = BatchNorm(2, eps=inputs["eps"], momentum=1.0).double()
    torch.testing.assert_close(turned(z.T).T, layer(z))
    close(example, "ln_mean", turned.running_mean)
    close(example, "ln_var", turned.running_var * 2 / 3)


@pytest.mark.course("WE-37", "INIT-07", "INIT-08", "INIT-09", "INIT-11", "INIT-12", "INIT-13")
def test_we_37_scales_of_initializers():
    example = course.worked("WE-37")
    shape = (example["inputs"]["fan_out"], example["inputs"]["fan_in"])

    def scale(initializer, unit):
        """The factor between an initializer's numbers and those of spread 1 from the same seed."""
        drawn = [
            fill(torch.empty(shape, dtype=torch.float64), generator=torch.Generator().manual_seed(0))
            for fill in (initializer, unit)
        ]
        ratio = drawn[0] / drawn[1]
        torch.testing.assert_close(ratio, ratio[0, 0].expand(shape), rtol=1e-12, atol=0)
        return ratio[0, 0]

    def standard(tensor, generator):
        return normal(tensor, deviation=1.0, generator=generator)

    def plain(tensor, generator):
        return uniform(tensor, limit=1.0, generator=generator)

    found = {
        "xavier_std": scale(xavier_normal, standard),
        "he_std": scale(he_normal, standard),
        "lecun_std": scale(lecun_normal, standard),
        "xavier_limit": scale(xavier_uniform, plain),
        "he_limit": scale(he_uniform, plain),
        "lecun_limit": scale(lecun_uniform, plain),
        "plain_uniform_limit": scale(fan_in_uniform, plain),
    }
    for key, value in found.items():
        close(example, key, value)
    for kind in ("xavier", "he", "lecun"):
        assert found[f"{kind}_limit"].item() ** 2 / 3 == pytest.approx(found[f"{kind}_std"].item() ** 2)
    # Both ends are the same, and look at the inputs: 6/3 and 1/3 at the upper end, as printed, would be further out.
    for fill, bound in ((he_uniform, found["he_limit"]), (fan_in_uniform, found["plain_uniform_limit"])):
        many = fill(torch.empty(30_000, shape[1], dtype=torch.float64))
        assert -bound <= many.min() < -0.999 * bound
        assert 0.999 * bound < many.max() <= bound


@pytest.mark.course("WE-52", "REG-02", "REG-03", "REG-04")
def test_we_52_penalties():
    example = course.worked("WE-52")
    inputs = example["inputs"]
    w = torch.tensor(inputs["w"], dtype=torch.float64)
    one, two = l1([w], strength=inputs["lam"]), ridge([w], strength=inputs["lam"], rows=inputs["n"])
    close(example, "l1", one)
    close(example, "l2", two)
    close(example, "elastic_half", inputs["rho"] * one + (1 - inputs["rho"]) * two)
    soft_threshold([w], amount=0.5)
    close(example, "soft_threshold_0_5", w)


@pytest.mark.course("INIT-17", "WE-12")
def test_we_12_all_weights_one_and_biases_zero():
    example = course.worked("WE-12")
    model = nn.Sequential(Linear(inputs=2, outputs=2), Linear(inputs=2, outputs=1)).double()
    initialize(model, lambda w: constant(w, value=1.0), zeros)
    prediction = model(torch.tensor([example["inputs"]["x"]], dtype=torch.float64))
    close(example, "yhat_ones", prediction.squeeze())
    squared_error(prediction, torch.tensor([[example["inputs"]["y"]]], dtype=torch.float64)).backward()
    first, second = (
        {name.rsplit(".", 1)[-1]: parameter.grad for name, parameter in layer.named_parameters()} for layer in model
    )
    found = {f"w{i + 1}{j + 1}": first["weight"][j, i] for i in range(2) for j in range(2)}
    found |= {f"u{j + 1}1": second["weight"][0, j] for j in range(2)}
    found |= {"b11": first["bias"][0], "b12": first["bias"][1], "b21": second["bias"][0]}
    expected = example["expected"]["grads_ones"]
    assert {name: found[name].item() for name in expected} == expected
    # Equal weights, equal gradients: the two hidden units stay twins.
    assert torch.equal(first["weight"][0], first["weight"][1])
