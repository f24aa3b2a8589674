"""What the course says of forward and back-propagation, seen through hooks on our own models."""

import pytest
import torch
from torch import nn

from glasswork.activations import Sigmoid, Tanh
from glasswork.learning import Backpropagation
from glasswork.losses import BinaryCrossEntropy, error_energy
from glasswork.models import MLP, Neuron
from glasswork.optimizers import SGD
from glasswork.records import Batch


def watched(model, x, d):
    """Run forth and back, and return each layer's inputs, potentials with their gradients, and outputs."""
    seen = []

    def look(_, inputs, v):
        v.retain_grad()
        seen.append((inputs[0], v))

    linears = [module for module in model.modules() if isinstance(module, nn.Linear)]
    handles = [linear.register_forward_hook(look) for linear in linears]
    outputs = model(x)
    error_energy(outputs, d, reduction="sum").backward()
    for handle in handles:
        handle.remove()
    return linears, seen, outputs.detach()


def network(curve=Sigmoid):
    torch.manual_seed(0)
    return nn.Sequential(MLP(inputs=4, hidden=[5, 3], outputs=2, activation=curve, dropout=0.0), curve()).double()


def data():
    generator = torch.Generator().manual_seed(5)
    return torch.randn(6, 4, dtype=torch.float64, generator=generator), torch.rand(
        6, 2, dtype=torch.float64, generator=generator
    )


@pytest.mark.course(
    "FB-03",
    "FB-04",
    "FB-05",
    "FB-07",
    verdict="holds",
    seen="through hooks on an MLP, minus autograd's "
    "slope along each potential is e phi'(v) at the output and phi'(v) sum_k delta_k w_kj below, to 1e-12",
)
@pytest.mark.parametrize(("curve", "slope"), [(Sigmoid, lambda y: y * (1 - y)), (Tanh, lambda y: 1 - y**2)])
def test_local_gradients_by_the_formulas(curve, slope):
    model = network(curve)
    x, d = data()
    linears, seen, outputs = watched(model, x, d)
    delta = (d - outputs) * slope(outputs)  # e_j phi'(v_j)
    for place in reversed(range(3)):
        inputs, v = seen[place]
        torch.testing.assert_close(-v.grad, delta, rtol=0, atol=1e-12)
        by_formula = -torch.einsum("bj,bi->ji", delta, inputs.detach())  # dE/dw_ji = -delta_j y_i
        torch.testing.assert_close(linears[place].weight.grad, by_formula, rtol=0, atol=1e-12)
        if place:
            delta = slope(inputs.detach()) * (delta @ linears[place].weight.detach())


@pytest.mark.course("FB-03")
def test_the_four_factors_of_the_chain():
    unit = Neuron(inputs=3, activation=Sigmoid).double()
    y_in, d = torch.randn(1, 3, dtype=torch.float64), torch.tensor([[0.25]], dtype=torch.float64)
    v = unit.potential(y_in)
    y = unit.activation(v)
    e = d - y
    E = 0.5 * e**2
    by_e = torch.autograd.grad(E, e, retain_graph=True)[0].item()
    by_y = torch.autograd.grad(e, y, retain_graph=True)[0].item()
    by_v = torch.autograd.grad(y, v, retain_graph=True)[0].item()
    by_w = torch.autograd.grad(v, unit.linear.weight, retain_graph=True)[0][0]
    assert (by_e, by_y) == (e.item(), -1.0)
    whole = torch.autograd.grad(E, unit.linear.weight)[0][0]
    torch.testing.assert_close(by_e * by_y * by_v * by_w, whole, rtol=0, atol=1e-15)


@pytest.mark.course(
    "FB-07",
    verdict="holds",
    seen="the recipe's two lines, slope along g from the slopes along h and "
    "slope along u from the slope along g, give autograd's slopes to 1e-14 when sigma' is taken at the net input",
)
def test_the_layer_wise_recipe_in_its_own_letters():
    torch.manual_seed(1)
    u, v = (
        Neuron(inputs=3, outputs=4, activation=Sigmoid).double(),
        Neuron(inputs=4, outputs=2, activation=Sigmoid).double(),
    )
    f, d = torch.randn(3, dtype=torch.float64), torch.rand(2, dtype=torch.float64)
    g = u(f[None])
    g.retain_grad()
    h = v(g)
    error_energy(h, d[None]).backward()
    by_h = (h - d).detach()[0]
    sigma = [(out * (1 - out)).detach()[0] for out in (h, g)]
    by_g = (sigma[0] * by_h) @ v.linear.weight.detach()  # sum over i of sigma'(h_i) v_ij dE/dh_i
    torch.testing.assert_close(by_g, g.grad[0], rtol=0, atol=1e-14)
    by_u = torch.outer(by_g * sigma[1], f)
    torch.testing.assert_close(by_u, u.linear.weight.grad, rtol=0, atol=1e-14)


@pytest.mark.course(
    "FB-08",
    "FB-09",
    verdict="holds",
    seen="at a product node autograd's slopes are upstream times "
    "local, and where two paths lead to one value they add up, to 1e-15",
)
def test_local_times_upstream_and_a_sum_over_paths():
    x, y = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (1.5, -0.7))
    z = x * y
    upstream = torch.autograd.grad(torch.tanh(z), z, retain_graph=True)[0]
    by_x, by_y = torch.autograd.grad(torch.tanh(z), (x, y))
    assert by_x.item() == pytest.approx((upstream * y).item(), abs=1e-15)
    assert by_y.item() == pytest.approx((upstream * x).item(), abs=1e-15)
    f, g = x**2, torch.sin(x)
    h = f * g
    by_f, by_g = torch.autograd.grad(h, (f, g), retain_graph=True)
    whole = torch.autograd.grad(h, x)[0]
    assert whole.item() == pytest.approx((by_f * 2 * x + by_g * torch.cos(x)).item(), abs=1e-15)


@pytest.mark.course(
    "FB-11",
    verdict="holds",
    seen="on a parabola one step lowers w where the slope is positive and "
    "raises it where it is negative, and lowers the loss from either side; the step is -rate times the slope",
)
@pytest.mark.parametrize("start", [3.0, -3.0, 0.5, -0.1])
def test_the_sign_of_a_step(start):
    w = torch.tensor([start], dtype=torch.float64, requires_grad=True)
    before = (w**2).sum()
    before.backward()
    slope = w.grad.item()
    SGD([w], lr=0.1).step()
    assert (w.item() < start) == (slope > 0)
    assert w.item() == pytest.approx(start - 0.1 * slope)
    assert (w**2).sum() < before


@pytest.mark.course(
    "FB-12",
    verdict="holds",
    seen="the product of the three factors (a - y)/(a (1 - a)), a (1 - a) "
    "and x is (a - y) x, autograd's slope of the log loss along the weight, to 1e-14",
)
def test_the_three_factors_of_log_loss_and_sigmoid():
    torch.manual_seed(0)
    unit = Neuron(inputs=3).double()
    x, y = torch.randn(3, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)
    z = unit.potential(x[None])[0, 0]
    BinaryCrossEntropy()(z, y).backward()
    a = torch.sigmoid(z.detach())
    product = (a - y) / (a * (1 - a)) * (a * (1 - a)) * x
    torch.testing.assert_close(unit.linear.weight.grad[0], product, rtol=0, atol=1e-14)


@pytest.mark.course(
    "FB-02",
    verdict="holds",
    seen="each unit's local gradient is computed once an example: three "
    "layers take three products with a weight matrix on the way back, however many weights there are",
)
def test_stored_derivatives_are_used_again(monkeypatch):
    from glasswork.learning import backpropagation

    asked = []
    slope = backpropagation._SLOPES["Sigmoid"]
    monkeypatch.setitem(backpropagation._SLOPES, "Sigmoid", lambda *given: (asked.append(1), slope(*given))[1])
    model = network()
    x, d = data()
    Backpropagation(model).step(Batch({"input": x}, d))
    assert len(asked) == 3
    assert sum(weight.numel() for weight in model.parameters()) == 25 + 18 + 8
