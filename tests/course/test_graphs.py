"""What the course says of computation graphs: paths, shared weights, sequential and functional models."""

import pytest
import torch
from torch import nn

from glasswork.activations import Sigmoid, Tanh
from glasswork.layers import Graph, Input, node
from glasswork.losses import squared_error


@pytest.mark.course(
    "FG-02",
    verdict="holds",
    seen="along the single path L(y, sigma(w x)) the slope is the product of "
    "the three local slopes, as autograd has it to 1e-15",
)
def test_a_single_path_is_a_product():
    x = Input()
    graph = Graph(
        inputs=[x], outputs=node(Sigmoid(), node(nn.Linear(1, 1, bias=False), x, name="w"), name="o")
    ).double()
    given, y = torch.tensor([[1.3]], dtype=torch.float64), torch.tensor([[0.2]], dtype=torch.float64)
    o = graph(given)
    squared_error(o, y).backward()
    o = o.detach()
    product = 2 * (o - y) * (o * (1 - o)) * given
    torch.testing.assert_close(graph.layers["w"].weight.grad, product, rtol=0, atol=1e-15)


@pytest.mark.course(
    "FG-03",
    verdict="holds",
    seen="the gradient of a layer that two branches share is the sum of the "
    "gradients of two untied copies with the same weights, to 1e-14",
)
def test_the_gradient_of_a_shared_layer_is_the_sum_over_its_copies():
    torch.manual_seed(0)
    tied, head = nn.Linear(3, 3), nn.Linear(6, 1)

    def graph(first, second):
        x = Input()
        a, b = node(Sigmoid(), node(first, x, name="first")), node(Tanh(), node(second, x, name="second"))
        return Graph(inputs=[x], outputs=node(head, node(torch.cat, [a, b], dim=1), name="head")).double()

    x, y = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 1, dtype=torch.float64)
    copies = nn.Linear(3, 3), nn.Linear(3, 3)
    for copy in copies:
        copy.load_state_dict(tied.state_dict())
    for model in (graph(tied, tied), graph(*copies)):
        squared_error(model(x), y).backward()
        head.zero_grad()
    torch.testing.assert_close(tied.weight.grad, copies[0].weight.grad + copies[1].weight.grad, rtol=0, atol=1e-14)
    assert not torch.equal(copies[0].weight.grad, copies[1].weight.grad)
    assert len(list(graph(tied, tied).parameters())) == 4


@pytest.mark.course(
    "FG-04",
    verdict="holds",
    seen="in a fully connected 2-2-1 graph the slope along the first weight is "
    "the sum of its paths; both start at the first hidden unit, so only what that unit feeds counts",
)
def test_two_paths_from_one_weight():
    torch.manual_seed(0)
    x = Input()
    graph = Graph(
        inputs=[x],
        outputs=node(
            nn.Linear(2, 1),
            node(
                Sigmoid(),
                node(nn.Linear(2, 2), node(Sigmoid(), node(nn.Linear(2, 2), x, name="w1"), name="a1"), name="w2"),
                name="a2",
            ),
            name="w3",
        ),
    ).double()
    given, y = torch.randn(1, 2, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    out = graph(given)
    squared_error(out, y).backward()
    w1, w2, w3 = (graph.layers[name] for name in ("w1", "w2", "w3"))
    with torch.no_grad():
        a1 = torch.sigmoid(w1(given))[0]
        a2 = torch.sigmoid(w2(a1[None]))[0]
        paths = [
            2 * out[0, 0] * w3.weight[0, k] * a2[k] * (1 - a2[k]) * w2.weight[k, 0] * a1[0] * (1 - a1[0]) * given[0, 0]
            for k in range(2)
        ]
    assert w1.weight.grad[0, 0].item() == pytest.approx(sum(paths).item(), rel=1e-12)
    assert abs(paths[0].item()) > 1e-6
    assert abs(paths[1].item()) > 1e-6


@pytest.mark.course("FG-05")
def test_a_second_call_needs_a_kept_graph():
    x = Input()
    graph = Graph(inputs=[x], outputs=node(Tanh(), node(nn.Linear(2, 1), x)))
    a = graph(torch.ones(1, 2)).sum()
    w, b = graph.parameters()
    torch.autograd.grad(a, w, retain_graph=True)
    torch.autograd.grad(a, b)
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(a, b)
