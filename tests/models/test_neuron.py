"""Neuron: one weighted sum, and what each activation makes of it."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.activations import Sigmoid
from glasswork.errors import RangeError, ShapeError
from glasswork.models import MLP, Linear, LogisticRegression, Neuron
from suite import check_behaves, check_same_kernels


@pytest.mark.course("NL-01")
def test_worked_by_hand():
    neuron = Neuron(inputs=3, activation=nn.Identity)
    with torch.no_grad():
        neuron.linear.weight.copy_(torch.tensor([[1.0, -2.0, 0.5]]))
        neuron.linear.bias.fill_(-1.0)
    x = torch.tensor([[2.0, 1.0, 4.0]])  # 2 - 2 + 2 - 1 = 1
    assert neuron.potential(x).item() == neuron(x).item() == 1.0


@pytest.mark.course("NL-01")
def test_the_output_is_the_activation_of_a_dot_product_and_the_bias_a_weight_of_an_input_of_one():
    torch.manual_seed(0)
    neuron = Neuron(inputs=4, outputs=3, activation=Sigmoid).double()
    x = torch.randn(6, 4, dtype=torch.float64)
    w, b = neuron.linear.weight, neuron.linear.bias
    by_hand = torch.stack([torch.stack([(w[k] * row).sum() + b[k] for k in range(3)]) for row in x])
    torch.testing.assert_close(neuron.potential(x), by_hand, rtol=0, atol=1e-14)
    torch.testing.assert_close(neuron(x), by_hand.sigmoid(), rtol=0, atol=1e-14)
    wide = Neuron(inputs=5, outputs=3, activation=Sigmoid).double()
    with torch.no_grad():
        wide.linear.weight.copy_(torch.cat([w, b[:, None]], dim=1))
        wide.linear.bias.zero_()
    torch.testing.assert_close(wide(torch.cat([x, torch.ones(6, 1)], dim=1)), neuron(x), rtol=0, atol=1e-14)


@pytest.mark.course(
    "NL-19",
    verdict="holds",
    seen="weight[k, j] belongs to neuron k (row) and input j (column) in "
    "every part with weighted sums, and names end in weight and bias; layers count from hidden.0",
)
def test_weights_are_named_by_one_convention():
    parts = [
        Neuron(inputs=3, outputs=2),
        Linear(inputs=3, outputs=2),
        LogisticRegression(inputs=3),
        MLP(inputs=3, hidden=[2], outputs=2),
    ]
    for part in parts:
        assert {name.rpartition(".")[2] for name, _ in part.named_parameters()} == {"weight", "bias"}
        first = next(module for module in part.modules() if isinstance(module, nn.Linear))
        x = torch.zeros(1, 3)
        x[0, 1] = 1.0  # input j = 1 alone
        reached = first(x)[0] - first(torch.zeros(1, 3))[0]
        torch.testing.assert_close(reached, first.weight[:, 1])
    names = [name for name, _ in parts[-1].named_parameters()]
    assert names == ["hidden.0.linear.weight", "hidden.0.linear.bias", "head.weight", "head.bias"]


def test_it_behaves():
    check_behaves(Neuron(inputs=4, outputs=2, activation=Sigmoid), torch.randn(5, 4))
    check_same_kernels(
        Neuron(inputs=4, activation=nn.Identity), nn.Sequential(nn.Flatten(), nn.Linear(4, 1)), torch.randn(5, 4)
    )


def test_refusals():
    with pytest.raises(RangeError, match="Neuron: outputs must be >= 1, got outputs=0"):
        Neuron(inputs=2, outputs=0)
    with pytest.raises(ShapeError, match=r"Neuron: x must have size 2 in dimension 1, got shape \(1, 3\)"):
        Neuron(inputs=2)(torch.zeros(1, 3))


@pytest.mark.course(
    "NL-03",
    "MLP-08",
    verdict="holds",
    seen="an identity unit's gradient of the squared error is "
    "zero at the closed-form least-squares solution, and full-batch descent reaches that solution to 1e-9",
)
def test_a_linear_unit_under_squared_error_is_linear_regression():
    torch.manual_seed(1)
    x, noise = torch.randn(40, 3, dtype=torch.float64), torch.randn(40, 1, dtype=torch.float64)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64) + 0.3 + 0.1 * noise
    solution = torch.linalg.lstsq(torch.cat([x, torch.ones(40, 1)], dim=1), y).solution[:, 0]
    unit = Neuron(inputs=3, activation=nn.Identity).double()
    optimizer = torch.optim.SGD(unit.parameters(), lr=0.2)
    for _ in range(400):
        optimizer.zero_grad()
        functional.mse_loss(unit(x), y).backward()
        optimizer.step()
    found = torch.cat([unit.linear.weight[0], unit.linear.bias]).detach()
    torch.testing.assert_close(found, solution, rtol=0, atol=1e-9)
    with torch.no_grad():
        unit.linear.weight.copy_(solution[:3])
        unit.linear.bias.copy_(solution[3])
    gradient = torch.autograd.grad(functional.mse_loss(unit(x), y), list(unit.parameters()))
    assert all(part.abs().max() < 1e-12 for part in gradient)
