"""Graphs: any shape without circles, and an ordinary module at the end."""

import copy
import inspect

import numpy as np
import pytest
import torch
from torch import nn

import glasswork as gw
from glasswork.errors import UsageError
from glasswork.layers import Graph, Input, Node, node
from glasswork.training import fit
from suite import check_behaves


def two_in_two_out():
    """Two inputs share a layer; the branches meet; one output is a sum, the other a head."""
    torch.manual_seed(0)
    left, right = Input("left"), Input("right")
    shared = nn.Linear(3, 4)
    a, b = node(torch.tanh, node(shared, left)), node(torch.tanh, node(shared, right))
    both = node(torch.cat, [a, b], dim=1, name="both")
    return Graph(
        inputs=[left, right], outputs=[node(nn.Linear(8, 2), both, name="head"), node(torch.add, a, b, alpha=2)]
    )


def test_worked_by_hand():
    x = Input()
    h = node(nn.Linear(1, 1), x)
    graph = Graph(inputs=[x], outputs=node(torch.mul, h, h))
    with torch.no_grad():
        graph.layers["linear"].weight.fill_(2.0)
        graph.layers["linear"].bias.fill_(1.0)
    assert graph(torch.tensor([[3.0]])).item() == 49.0  # (2 * 3 + 1)^2
    assert graph(x=torch.tensor([[3.0]])).item() == 49.0


@pytest.mark.course(
    "FG-07",
    verdict="holds",
    seen="a graph with two inputs, a shared layer, branches and two outputs "
    "gives the values and, for every weight, the gradients of the same network written as a class",
)
def test_several_inputs_and_outputs_branches_and_a_shared_layer():
    class Written(nn.Module):
        def __init__(self, graph):
            super().__init__()
            self.shared, self.head = copy.deepcopy(graph.layers["linear"]), copy.deepcopy(graph.layers["head"])

        def forward(self, left, right):
            a, b = self.shared(left).tanh(), self.shared(right).tanh()
            return self.head(torch.cat([a, b], dim=1)), a + 2 * b

    graph = two_in_two_out().double()
    written = Written(graph)
    x, y = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    for outputs in zip(graph(x, y), written(left=x, right=y), strict=True):
        torch.testing.assert_close(*outputs, rtol=0, atol=0)
    for model in (graph, written):
        one, two = model(x, right=y)
        (one.square().sum() + two.sum()).backward()
    for name, theirs in (("linear", written.shared), ("head", written.head)):
        torch.testing.assert_close(graph.layers[name].weight.grad, theirs.weight.grad, rtol=0, atol=1e-13)
    assert len(list(graph.parameters())) == 4


def test_it_is_an_ordinary_module():
    graph = two_in_two_out()
    x, y = torch.randn(5, 3), torch.randn(5, 3)
    check_behaves(graph, x, y)
    assert list(graph.state_dict()) == [
        "layers.linear.weight",
        "layers.linear.bias",
        "layers.head.weight",
        "layers.head.bias",
    ]
    other = two_in_two_out()
    with torch.no_grad():
        for weight in other.parameters():
            weight.add_(1.0)
    other.load_state_dict(graph.state_dict())
    assert torch.equal(other(x, y)[0], graph(x, y)[0])
    twin = copy.deepcopy(graph)
    with torch.no_grad():
        twin.layers["linear"].weight.zero_()
    assert not torch.equal(twin(x, y)[0], graph(x, y)[0])  # the copy's shared layer is its own, in both places
    assert twin(x, y)[1].std(dim=0).max() == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_compiles_without_a_break():
    torch._dynamo.reset()
    graph = two_in_two_out()
    x, y = torch.randn(5, 3), torch.randn(5, 3)
    compiled = torch.compile(graph, backend="aot_eager", fullgraph=True)
    compiled(x, right=y)[0].sum().backward()
    torch.testing.assert_close(compiled(x, right=y), graph(x, y))


def test_it_trains_in_the_common_loop():
    left, right = gw.Input("left"), gw.Input("right")
    both = gw.node(torch.cat, [left, right], dim=1)
    graph = gw.Graph(inputs=[left, right], outputs=gw.node(nn.Linear(2, 1), both))
    X = {"left": torch.rand(64, 1), "right": torch.rand(64, 1)}
    y = 2 * X["left"] - 3 * X["right"]
    optimizer = torch.optim.SGD(graph.parameters(), lr=0.5)
    fit(graph, (X, y), loss=nn.functional.mse_loss, optimizer=optimizer, epochs=150, progress=False)
    np.testing.assert_allclose(graph.layers["linear"].weight.detach(), [[2, -3]], atol=0.01)


@pytest.mark.course(
    "FG-07",
    "MLP-02",
    verdict="holds",
    seen="a value is computed only from values before it; nodes "
    "that were wired into a circle are refused with the circle's names",
)
def test_a_circle_is_refused_by_name():
    x = Input()
    first = node(nn.Linear(2, 2), x, name="first")
    second = node(torch.relu, first, name="second")
    third = node(torch.add, second, x, name="third")
    first.arguments[0] = third
    said = r"the nodes go round in a circle, \w+ -> \w+ -> \w+ -> \w+; a value cannot be made from itself"
    with pytest.raises(UsageError, match=said) as caught:
        Graph(inputs=[x], outputs=third)
    circle = str(caught.value).split("circle, ")[1].split(";")[0].split(" -> ")
    assert circle[0] == circle[-1]
    assert "first -> second" in " -> ".join(circle * 2)
    itself = node(torch.relu, x, name="itself")
    itself.arguments.append(itself)
    with pytest.raises(UsageError, match="itself -> itself"):
        Graph(inputs=[x], outputs=itself)


@pytest.mark.course("MLP-02")
def test_the_order_puts_every_value_after_what_it_needs():
    generator = np.random.default_rng(0)
    x = Input()
    nodes: list[Node] = [x]
    for number in range(60):
        chosen = generator.choice(len(nodes), size=2)
        nodes.append(node(torch.add, nodes[chosen[0]], nodes[chosen[1]], name=f"n{number}"))
    graph = Graph(inputs=[x], outputs=[nodes[i] for i in generator.choice(range(30, 61), size=8, replace=False)])
    seen = {"x"}
    for line in graph.listing().splitlines()[1:]:
        name, _, *parents = line.replace(",", " ").split()
        assert set(parents) - {"output"} <= seen
        seen.add(name)
    assert len(seen) == len(graph.steps) + 1


def test_a_graph_of_ten_thousand_nodes_needs_no_deep_stack():
    x = last = Input()
    for _ in range(10_000):
        last = node(torch.neg, last)
    assert Graph(inputs=[x], outputs=last)(torch.ones(1)).item() == 1.0


@pytest.mark.course(
    "FG-01",
    verdict="holds",
    seen="relu(w x + b) as a graph lists its nodes, operations and shapes in the order of computation",
)
def test_the_listing_names_nodes_and_shapes():
    x = Input()
    v = node(nn.Linear(3, 2), x, name="v")
    graph = Graph(inputs=[x], outputs=node(nn.ReLU(), v, name="a"))
    assert graph.listing(torch.zeros(4, 3)).splitlines() == [
        "x  input      (4, 3)",
        "v  Linear  x  (4, 2)",
        "a  ReLU    v  (4, 2)  output",
    ]
    assert graph.listing().splitlines()[1].split() == ["v", "Linear", "x"]


@pytest.mark.course(
    "FG-06",
    verdict="holds",
    seen="nn.Sequential refuses a second input and gives one output; the "
    "graph of the same layers gives the same values, and takes several of both",
)
def test_a_sequence_is_too_narrow_for_two_inputs():
    layers = nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)
    sequence, x = nn.Sequential(*layers), torch.randn(2, 3)
    with pytest.raises(TypeError, match="positional argument"):
        sequence(x, x)
    assert list(inspect.signature(sequence.forward).parameters) == ["input"]
    given = last = Input()
    for layer in layers:
        last = node(layer, last)
    assert torch.equal(Graph(inputs=[given], outputs=last)(x), sequence(x))


def test_names_are_given_or_made():
    x = Input()
    a = node(nn.Linear(2, 2), x)
    b = node(nn.Linear(2, 2), a, name="linear_2")
    c = node(nn.Linear(2, 2), b)
    d = node(lambda value: value + 1, c)
    graph = Graph(inputs=[x], outputs=d)
    assert [step.name for step in graph.steps] == ["linear", "linear_2", "linear_3", "function"]
    assert list(graph.layers) == ["linear", "linear_2", "linear_3"]


def test_nodes_may_come_by_keyword():
    x, y = Input("x"), Input("y")
    graph = Graph(inputs=[x, y], outputs=node(torch.add, x, other=y))
    assert graph(torch.ones(1), torch.full((1,), 2.0)).item() == 3.0


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda x, y, h: Graph(inputs=[x], outputs=[]), "outputs are empty"),
        (lambda x, y, h: Graph(inputs=[x, y], outputs=h), r"no output needs the input 'y'"),
        (lambda x, y, h: Graph(inputs=[], outputs=h), r"an output needs the input 'x', which is not among the inputs"),
        (lambda x, y, h: Graph(inputs=[h], outputs=h), r"inputs are made by Input\(...\), 'relu' is not"),
        (lambda x, y, h: Graph(inputs=[x, Input("x")], outputs=h), r"two inputs are named 'x'"),
        (
            lambda x, y, h: Graph(inputs=[x], outputs=node(torch.add, h, node(torch.neg, h, name="x"))),
            r"two nodes are named 'x'",
        ),
        (lambda x, y, h: Graph(inputs=[x], outputs=node(torch.neg, h, name="keys")), r"cannot be named 'keys'"),
        (lambda x, y, h: Input("two words"), r"the name must be a word"),
    ],
)
def test_what_makes_no_graph_is_refused(build, said):
    x, y = Input("x"), Input("y")
    with pytest.raises(UsageError, match=said):
        build(x, y, node(torch.relu, x))


def test_wrong_inputs_are_refused_by_name():
    graph, x = two_in_two_out(), torch.zeros(2, 3)
    for given, named in (((x,), {}), ((x, x, x), {}), ((x,), {"left": x}), ((), {"left": x, "top": x})):
        with pytest.raises(UsageError, match="Graph: inputs are left, right, each once; got"):
            graph(*given, **named)
