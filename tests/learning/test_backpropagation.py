"""Back-propagation written out: every formula of it against automatic differentiation, to 1e-12, in float64."""

from functools import partial

import pytest
import torch
from torch import nn

from glasswork import activations
from glasswork.errors import DataError, ShapeError, UsageError
from glasswork.layers import Network, TargetScale
from glasswork.learning import Backpropagation, GradientDescent, backpropagate
from glasswork.learning.backpropagation import _SLOPES, _chain
from glasswork.models import MLP, Neuron
from glasswork.records import Batch

CURVES = {name: getattr(activations, name) for name in _SLOPES}
CURVES["Logistic"] = partial(activations.Logistic, slope=2.0)  # at 1 a forgotten slope would not show


def mlp(curve=activations.Sigmoid, seed=0, sizes=(4, 5, 3, 2)):
    torch.manual_seed(seed)
    return MLP(inputs=sizes[0], hidden=sizes[1:-1], outputs=sizes[-1], activation=curve, dropout=0.0).double()


def data(count=6, inputs=4, outputs=2):
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(count, inputs, generator=generator, dtype=torch.float64)
    return x, torch.randn(count, outputs, generator=generator, dtype=torch.float64)


def energy(outputs, targets):
    return 0.5 * ((targets - outputs) ** 2).sum(dim=1).mean()


def test_worked_by_hand():
    # v = 2, y = relu(2) = 2, then 3 * 2 + 1 = 7; e = 10 - 7 = 3. Output delta 3, hidden delta 1 * 3 * 3 = 9.
    model = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1))
    with torch.no_grad():
        for weight, value in zip(model.parameters(), (1.0, 1.0, 3.0, 1.0), strict=True):
            weight.fill_(value)
    learner = Backpropagation(model, learning_rate=0.1)
    hidden, output = backpropagate(learner.layers, torch.tensor([[1.0]]), torch.tensor([[10.0]]))
    assert (output.local_gradient.item(), hidden.local_gradient.item()) == (3.0, 9.0)
    assert (output.weight_correction.item(), hidden.weight_correction.item()) == (6.0, 9.0)
    assert learner.step(Batch({"input": torch.tensor([[1.0]])}, torch.tensor([[10.0]]))).loss.item() == 4.5
    expected = [1 + 0.9, 1 + 0.9, 3 + 0.6, 1 + 0.3]
    assert [weight.item() for weight in model.parameters()] == pytest.approx(expected)


@pytest.mark.course(
    "FB-02",
    "FB-03",
    "FB-04",
    "FB-05",
    verdict="holds",
    seen="local gradients of output and hidden "
    "units and every weight's correction agree with autograd to 1e-12, for every activation written out",
)
@pytest.mark.parametrize("name", CURVES)
def test_local_gradients_and_corrections_equal_autograd(name):
    curve = CURVES[name]
    model = nn.Sequential(nn.Linear(4, 5), curve(), nn.Linear(5, 3), curve(), nn.Linear(3, 2), curve()).double()
    x, d = data()
    layers = _chain(model)
    signals = backpropagate(layers, x, d)
    potentials = []
    handles = [
        linear.register_forward_hook(lambda _, inputs, v: (v.retain_grad(), potentials.append(v))[0])
        for linear, _ in layers
    ]
    energy(model(x), d).backward()
    for handle in handles:
        handle.remove()
    for (linear, _), v, signal in zip(layers, potentials, signals, strict=True):
        torch.testing.assert_close(signal.potential, v.detach(), rtol=0, atol=0)
        torch.testing.assert_close(signal.local_gradient, -len(x) * v.grad, rtol=0, atol=1e-12)
        torch.testing.assert_close(signal.weight_correction, -linear.weight.grad, rtol=0, atol=1e-12)
        torch.testing.assert_close(signal.bias_correction, -linear.bias.grad, rtol=0, atol=1e-12)


@pytest.mark.course(
    "FB-02",
    "FB-06",
    verdict="holds",
    seen="ten epochs row by row end at the weights of SGD by "
    "autograd on half the squared error, to 1e-12, and the error falls",
)
def test_ten_epochs_row_by_row_equal_sgd():
    x, d = data()
    ours, theirs = mlp(), mlp()
    by_hand = Backpropagation(ours, learning_rate=0.3)
    descent = GradientDescent(theirs, energy, torch.optim.SGD(theirs.parameters(), lr=0.3))
    losses = []
    for _ in range(10):
        for row in range(len(x)):
            batch = Batch({"x": x[row : row + 1]}, d[row : row + 1])
            torch.testing.assert_close(by_hand.step(batch).loss, descent.step(batch).loss, rtol=1e-12, atol=0)
        losses.append(energy(ours(x), d).item())
    assert losses[-1] < losses[0]
    torch.testing.assert_close(dict(ours.named_parameters()), dict(theirs.named_parameters()), rtol=0, atol=1e-12)


@pytest.mark.course("FB-06")
def test_a_step_is_rate_times_delta_times_input():
    x, d = data(count=1)
    model = mlp()
    before = [linear.weight.detach().clone() for linear, _ in _chain(model)]
    learner = Backpropagation(model, learning_rate=0.25)
    signals = backpropagate(learner.layers, x, d)
    learner.step(Batch({"x": x}, d))
    for (linear, _), old, signal in zip(learner.layers, before, signals, strict=True):
        for j in range(linear.out_features):
            for i in range(linear.in_features):
                step = 0.25 * signal.local_gradient[0, j] * signal.inputs[0, i]
                assert (linear.weight[j, i] - old[j, i]).item() == pytest.approx(step.item(), abs=1e-15)


def test_a_network_with_scaled_targets_and_layers_without_bias():
    x, d = data()
    scale = TargetScale(2).double().fit(d * 30 + 5)
    body = nn.Sequential(nn.Linear(4, 3, bias=False), nn.Tanh(), nn.Linear(3, 2)).double()

    class Body(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = body

        def forward(self, x):
            return self.inner(x)

    network = Network(body=Body(), target=scale)
    learner = Backpropagation(network)
    first = learner.loss(network(x=x), d * 30 + 5)
    torch.testing.assert_close(learner.step(Batch({"x": x}, d * 30 + 5)).loss, first)
    assert learner.loss(network(x=x), d * 30 + 5) < first


def test_refusals():
    with pytest.raises(UsageError, match=r"one activation of Identity, Sigmoid, .*; MLP has Dropout\."):
        Backpropagation(MLP(inputs=2, outputs=1, hidden=[3], dropout=0.5))
    with pytest.raises(UsageError, match="MLP has LayerNorm"):
        Backpropagation(MLP(inputs=2, outputs=1, hidden=[3], dropout=0.0, norm="layer"))
    with pytest.raises(UsageError, match="switch the residuals off"):
        Backpropagation(MLP(inputs=3, outputs=1, hidden=[3], dropout=0.0, residual=True))
    with pytest.raises(UsageError, match="Sequential has ReLU"):
        Backpropagation(nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.ReLU()))
    with pytest.raises(UsageError, match="Identity has no weighted sum to teach"):
        Backpropagation(nn.Identity())
    learner = Backpropagation(Neuron(inputs=2))
    with pytest.raises(ShapeError, match=r"got outputs \(3, 1\) and targets \(3,\)"):
        learner.step(Batch({"x": torch.zeros(3, 2)}, torch.zeros(3)))
    with pytest.raises(DataError, match="Backpropagation: the batch has no targets"):
        learner.step(Batch({"x": torch.zeros(3, 2)}))
