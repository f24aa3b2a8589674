"""What the course says of multi-layer and feed-forward networks."""

import copy
import inspect
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from glasswork import tasks
from glasswork.activations import ReLU, Sigmoid, Tanh
from glasswork.data import DataOptions, prepare
from glasswork.layers.parameter_count import parameter_count
from glasswork.losses import BinaryCrossEntropy, CrossEntropy
from glasswork.models import MLP, GRUText, Linear, LogisticRegression, LSTMText, Neuron
from glasswork.runs.defaults import settle
from glasswork.runs.recipe import make_recipe


def nets(inputs=4, hidden=(3, 2), outputs=1, **settings):
    torch.manual_seed(0)
    return MLP(inputs=inputs, hidden=hidden, outputs=outputs, dropout=0.0, **settings).double()


@pytest.mark.course(
    "MLP-01",
    verdict="holds",
    seen="with random hidden tanh units and a solved output layer the "
    "largest error on sin(5x) falls at each of 4, 8, 16, 32 units, to below 1e-3",
)
def test_more_hidden_units_come_nearer_to_any_curve():
    x = torch.linspace(-1, 1, 200, dtype=torch.float64)[:, None]
    y = torch.sin(5 * x)
    errors = []
    for units in (4, 8, 16, 32):
        model = nets(inputs=1, hidden=[units], activation=Tanh)
        hidden = model.hidden[0]
        with torch.no_grad():
            hidden.linear.weight.copy_(torch.linspace(2, 6, units)[:, None])
            hidden.linear.bias.copy_(torch.linspace(-5, 5, units))
            seen = torch.cat([hidden(x), torch.ones(200, 1)], dim=1)
            solution = torch.linalg.lstsq(seen, y, driver="gelsd").solution[:, 0]
            model.head.weight[0] = solution[:-1]
            model.head.bias[0] = solution[-1]
            errors.append((model(x) - y).abs().max().item())
    assert all(later < earlier for earlier, later in pairwise(errors))
    assert errors[-1] < 1e-3


@pytest.mark.course("MLP-01", "NL-07")
def test_an_mlp_solves_xor():
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    y = torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=torch.float64)
    model = nets(inputs=2, hidden=[4], activation=Tanh)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        BinaryCrossEntropy()(model(x)[:, 0], y).backward()
        optimizer.step()
    assert torch.equal((model(x)[:, 0] > 0).double(), y)


@pytest.mark.course(
    "MLP-02",
    "FB-01",
    verdict="holds",
    seen="the outputs of a 4-3-2-1 network computed unit by unit "
    "equal the matrix form to 1e-15; no later layer's weights change an earlier layer's output",
)
def test_information_flows_one_way_and_loops_equal_matrices():
    model = nets(activation=Sigmoid)
    x = torch.randn(4, dtype=torch.float64)
    layers = [model.hidden[0].linear, model.hidden[1].linear, model.head]
    assert [tuple(layer.weight.shape) for layer in layers] == [(3, 4), (2, 3), (1, 2)]
    assert [tuple(layer.bias.shape) for layer in layers] == [(3,), (2,), (1,)]
    values = x.tolist()
    for number, layer in enumerate(layers):
        sums = [
            sum(layer.weight[j, i].item() * values[i] for i in range(len(values))) + layer.bias[j].item()
            for j in range(layer.out_features)
        ]
        values = [1 / (1 + np.exp(-v)) if number < 2 else v for v in sums]
    np.testing.assert_allclose(model(x[None])[0].detach().numpy(), values, rtol=0, atol=1e-15)
    before = model.hidden[0](x[None])
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.hidden[1].linear.weight.add_(1.0)
        other.head.weight.add_(1.0)
    assert torch.equal(other.hidden[0](x[None]), before)
    assert not torch.equal(other(x[None]), model(x[None]))


@pytest.mark.course("MLP-03")
@pytest.mark.parametrize("sizes", [(4, 3, 2, 1), (10, 1), (7, 5, 5, 5, 3)])
def test_parameters_are_counted_layer_by_layer(sizes):
    model = nets(inputs=sizes[0], hidden=sizes[1:-1], outputs=sizes[-1])
    assert parameter_count(model) == sum(before * after + after for before, after in pairwise(sizes))


@pytest.mark.course(
    "MLP-04",
    verdict="holds",
    seen="more units, more hidden layers, more inputs and more outputs are "
    "four arguments of MLP, and each makes the parameter count larger",
)
def test_four_ways_to_change_the_architecture():
    start = {"inputs": 4, "hidden": [5, 5], "outputs": 2}
    count = parameter_count(nets(**start))
    for change in ({"hidden": [6, 5]}, {"hidden": [5, 5, 5]}, {"inputs": 5}, {"outputs": 3}):
        assert parameter_count(nets(**start | change)) > count


@pytest.mark.course(
    "MLP-05",
    verdict="holds",
    seen="a three-layer network without curves equals the one linear layer "
    "with the product of its matrices to 1e-13; with ReLU between them it equals none",
)
def test_without_activations_a_stack_is_one_layer():
    model = nets(hidden=(6, 5), outputs=3, activation=nn.Identity)
    (w1, b1), (w2, b2) = ((layer.linear.weight, layer.linear.bias) for layer in model.hidden)
    w3, b3 = model.head.weight, model.head.bias
    single = Linear(inputs=4, outputs=3).double()
    with torch.no_grad():
        single.linear.weight.copy_(w3 @ w2 @ w1)
        single.linear.bias.copy_(w3 @ (w2 @ b1 + b2) + b3)
    x = torch.randn(50, 4, dtype=torch.float64)
    torch.testing.assert_close(single(x), model(x), rtol=0, atol=1e-13)
    curved = nets(hidden=(6, 5), outputs=3, activation=ReLU)(x).detach()
    extended = torch.cat([x, torch.ones(50, 1)], dim=1)
    best = extended @ torch.linalg.lstsq(extended, curved).solution
    assert (best - curved).abs().max() > 1e-3


def data_of(kind, place):
    rng = np.random.default_rng(0)
    if kind == "table":
        rows = [f"{a:.3f},{b:.3f},{'yes' if a > 0 else 'no'}" for a, b in rng.normal(size=(80, 2))]
        (place / "t.csv").write_text("\n".join(["a,b,y", *rows]) + "\n")
        return {"paths": [str(place / "t.csv")], "target": "y"}
    if kind == "images":
        for name, low in (("dark", 0), ("light", 120)):
            (place / "photos" / name).mkdir(parents=True)
            for i in range(20):
                pixels = rng.integers(low, low + 120, (16, 16, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / "photos" / name / f"{i}.png")
        return {"paths": [str(place / "photos")]}
    if kind == "series":
        rows = [f"2024-01-{1 + i // 24:02d} {i % 24:02d}:00,{np.sin(i / 4):.5f}" for i in range(400)]
        (place / "s.csv").write_text("\n".join(["time,load", *rows]) + "\n")
        return {"paths": [str(place / "s.csv")], "horizon": 4, "past": 12}
    rows = [f"{'yes' if i % 2 else 'no'}\tword{i % 2} and {i}" for i in range(80)]
    (place / "t.txt").write_text("\n".join(rows) + "\n")
    return {"paths": [str(place / "t.txt")], "kind": "text"}


@pytest.mark.course(
    "MLP-06",
    verdict="holds under conditions",
    seen="what is chosen when nobody says is an MLP for "
    "tables and a convolutional network for images, as the guide has it; for series and texts it is a linear model "
    "and n-grams, with recurrent networks on offer by name",
    file="src/glasswork/runs/defaults.py",
)
@pytest.mark.parametrize(
    ("kind", "chosen", "offered"),
    [
        ("table", "mlp", "mlp"),
        ("images", "resnet", "convnet"),
        ("series", "nlinear", "lstm_forecaster"),
        ("text", "ngrams", "lstm_text"),
    ],
)
def test_the_model_that_is_chosen_for_a_kind_of_data(kind, chosen, offered, tmp_path):
    options = data_of(kind, tmp_path)
    prepared = prepare(DataOptions.model_validate(options))
    assert settle(make_recipe({"data": options}), prepared).model.name == chosen
    assert settle(make_recipe({"data": options, "model": offered}), prepared).model.name == offered


@pytest.mark.course(
    "MLP-07",
    verdict="holds",
    seen="tasks turn logits into shares by softmax and leave values as they "
    "are, each with its loss; hidden layers are ReLU by default, recurrent states stay inside (-1, 1)",
    file="src/glasswork/tasks/choose.py",
)
def test_the_output_layer_follows_the_task():
    classes, values = tasks.Classification(["a", "b", "c"]), tasks.Regression(["price"])
    logits = torch.tensor([[1.0, 2.0, 0.5], [-3.0, 0.0, 3.0]])
    shares = classes.decode(logits)["probabilities"]
    np.testing.assert_allclose(shares, logits.softmax(dim=1).numpy(), rtol=1e-6)
    assert isinstance(classes.loss, CrossEntropy)
    raw = torch.tensor([[1234.5], [-3.0]])
    np.testing.assert_array_equal(values.decode(raw)["values"].reshape(-1, 1), raw.numpy())
    assert type(values.loss).__name__ == "SquaredError"
    assert inspect.signature(MLP).parameters["activation"].default.__name__ == "ReLU"
    torch.manual_seed(0)
    for model in (LSTMText, GRUText):
        recurrent = next(
            module
            for module in model(vocabulary=20, outputs=2, embedding=6, hidden=5).modules()
            if isinstance(module, nn.LSTM | nn.GRU)
        )
        with torch.no_grad():
            for weight in recurrent.parameters():
                weight.mul_(10)
        outputs, _ = recurrent(10 * torch.randn(3, 7, recurrent.input_size))
        assert outputs.abs().max() <= 1


@pytest.mark.course(
    "MLP-09",
    "FB-12",
    verdict="holds",
    seen="autograd's slope of the log loss along a logistic unit's "
    "potential is a - y to 1e-14, and the probability of a label is a^y (1 - a)^(1 - y)",
)
def test_the_slope_of_logistic_regression_is_a_minus_y():
    torch.manual_seed(0)
    unit = Neuron(inputs=3).double()
    x, y = torch.randn(10, 3, dtype=torch.float64), (torch.arange(10) % 2).double()
    z = unit.potential(x)
    z.retain_grad()
    loss = BinaryCrossEntropy()(z[:, 0], y)
    loss.backward()
    a = Sigmoid()(z.detach())[:, 0]
    torch.testing.assert_close(10 * z.grad[:, 0], a - y, rtol=0, atol=1e-14)
    torch.testing.assert_close(10 * unit.linear.weight.grad[0], ((a - y)[:, None] * x).sum(dim=0), rtol=0, atol=1e-13)
    likelihood = (a**y * (1 - a) ** (1 - y)).log().mean()
    torch.testing.assert_close(loss.detach(), -likelihood, rtol=0, atol=1e-14)
    a = a.requires_grad_()  # the chain's two factors apart
    (by_a,) = torch.autograd.grad(-(y * a.log() + (1 - y) * (1 - a).log()).sum(), a)
    torch.testing.assert_close(by_a, (a - y) / (a * (1 - a)), rtol=1e-12, atol=0)


@pytest.mark.course(
    "MLP-10",
    "MLP-09",
    verdict="holds",
    seen="softmax over two logits equals the sigmoid of their "
    "difference to 1e-15, and LogisticRegression is that softmax with half the weights",
)
def test_two_class_softmax_is_a_sigmoid():
    torch.manual_seed(0)
    z = 5 * torch.randn(100, 2, dtype=torch.float64)
    torch.testing.assert_close(z.softmax(dim=1)[:, 1], torch.sigmoid(z[:, 1] - z[:, 0]), rtol=0, atol=1e-15)
    model = LogisticRegression(inputs=4).double()
    nn.init.normal_(model.linear.weight)
    x = torch.randn(20, 4, dtype=torch.float64)
    torch.testing.assert_close(model(x).softmax(dim=1)[:, 1], model.linear(x).sigmoid()[:, 0], rtol=0, atol=1e-15)
    assert 2 * parameter_count(model) == parameter_count(Linear(inputs=4, outputs=2))
