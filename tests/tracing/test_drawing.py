"""Pictures of a step: the graph's gradients add up, the chart's figures are the step's, planes are what nets say."""

import pytest
import torch
from torch import nn

import glasswork as gw
from glasswork.errors import ShapeError
from glasswork.tracing import decision_plane, descent_plane, together
from glasswork.tracing.document import Chart, Document, Graph, Line, Section


def number(text):
    from glasswork.tracing.reread import reread

    return reread(text)


def half_squared_error(o, y):
    return 0.5 * ((o - y) ** 2).sum()


def graph_of(page):
    return next(block for section in page.sections for block in section.blocks if isinstance(block, Graph))


@pytest.fixture(scope="module")
def full():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    return gw.trace(net, half_squared_error, torch.tensor([[0.5, -1.0]]), torch.tensor([[1.0]]))


def test_the_gradients_on_the_edges_that_leave_a_number_add_up_to_its_derivative(full):
    graph = graph_of(full.illustrated(depth="element"))
    labels = {node.key: node.label for node in graph.nodes}
    for name, place in (("x_1", 0), ("x_2", 1)):
        leaving = [number(edge.gradient) for edge in graph.edges if labels[edge.source] == name]
        assert len(leaving) == 2
        assert sum(leaving) == pytest.approx(full.gradient("x")[0, place].item(), rel=2e-3)


def test_a_shared_weight_has_an_edge_for_each_use():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.step = nn.Linear(1, 1)

        def forward(self, x):
            return torch.tanh(self.step(torch.tanh(self.step(x))))

    torch.manual_seed(0)
    step = gw.trace(Shared(), half_squared_error, torch.tensor([[0.5]]), torch.tensor([[1.0]]))
    graph = graph_of(step.illustrated(depth="element"))
    weight = next(node.key for node in graph.nodes if node.kind == "parameter" and "weight" in node.label)
    uses = [number(edge.gradient) for edge in graph.edges if edge.source == weight]
    assert len(uses) == 2
    assert sum(uses) == pytest.approx(step.gradient("step.weight").item(), rel=2e-3)


def test_one_path_is_drawn_from_left_to_right():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Tanh())
    step = gw.trace(net, half_squared_error, torch.tensor([[0.5]]), torch.tensor([[1.0]]))
    graph = graph_of(step.illustrated("0.weight[0,0]"))
    layer = {node.key: node.layer for node in graph.nodes}
    assert all(layer[edge.source] < layer[edge.target] for edge in graph.edges)
    assert next(node for node in graph.nodes if node.kind == "loss").layer == max(layer.values())


def test_what_a_dead_relu_sends_back_is_0():
    net = nn.Sequential(nn.Linear(1, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
    step = gw.trace(net, half_squared_error, torch.tensor([[0.5]]), torch.tensor([[3.0]]))
    graph = graph_of(step.illustrated(depth="element"))
    labels = {node.key: node.label for node in graph.nodes}
    back = {labels[edge.target]: edge.gradient for edge in graph.edges if labels[edge.source] == "x_1"}
    assert back["z^1_2"] == "0"
    assert number(back["z^1_1"]) != 0


def test_a_page_of_too_many_numbers_has_no_graph():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8))
    step = gw.trace(net, half_squared_error, torch.randn(1, 8), torch.randn(1, 8))
    page = step.illustrated("0.bias")
    assert not any(isinstance(block, Graph) for section in page.sections for block in section.blocks)


def test_what_is_not_drawn_is_said():
    torch.manual_seed(0)
    step = gw.trace(nn.Linear(40, 1), half_squared_error, torch.randn(1, 40), torch.tensor([[1.0]]))
    graph = graph_of(step.illustrated("weight[0,0]"))
    assert "Terms that the page adds up in one are not drawn" in graph.caption
    assert "biases and other parameters are not drawn" in graph.caption


def test_the_chart_shows_dead_units_saturation_and_update_ratios():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    with torch.no_grad():
        net[0].bias[1:] = -9.0  # three of four units are dead
        net[2].bias.fill_(9.0)  # all outputs lie at 1
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, y = torch.randn(5, 2).double(), torch.randn(5, 1).double()
    step = gw.trace(net, nn.functional.mse_loss, x, y, optimizer=optimizer)
    page = step.illustrated()
    chart = next(block for section in page.sections for block in section.blocks if isinstance(block, Chart))
    assert chart.names == ["0", "2", "4"]
    series = {one.name: one.values for one in chart.series}
    assert series["dead units, share"] == [0.75, None, None]
    assert series["saturated outputs, share"] == [None, 1.0, None]
    weight, bias = step.gradient("4.weight"), step.gradient("4.bias")
    assert series["gradient norm"][2] == pytest.approx(torch.cat([weight.flatten(), bias]).norm().item())
    moved = 0.1 * series["gradient norm"][2] / torch.cat([net[4].weight.flatten(), net[4].bias]).norm().item()
    assert series["update / weight"][2] == pytest.approx(moved)


def test_a_decision_plane_is_what_the_net_says_and_leaves_it_in_its_mode():
    net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)).train()
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[0.0, 0.0], [1.0, 0.0]]))
        net[0].bias.zero_()
    x = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    plane = decision_plane(net, x, torch.tensor([0, 1]))
    assert net.training
    row = plane.values[0]
    assert row == sorted(row)  # softmax of (0, x1) grows with x1
    assert row[len(row) // 2] == pytest.approx(0.5)
    assert plane.values[0] == plane.values[-1]
    with pytest.raises(ShapeError, match="decision_plane"):
        decision_plane(net, torch.zeros(4, 3), torch.zeros(4))


def test_a_way_down_is_the_optimizers_own():
    plane = descent_plane(
        lambda w: (w**2).sum(), {"sgd": lambda p: torch.optim.SGD(p, lr=0.25)}, start=(1.0, -2.0), steps=2,
        x=(-2.0, 2.0), y=(-2.0, 2.0),
    )  # fmt: skip
    assert plane.paths == [("sgd", [(1.0, -2.0), (0.5, -1.0), (0.25, -0.5)])]
    middle = len(plane.values) // 2
    assert min(min(row) for row in plane.values) == plane.values[middle][middle]


def test_mismatches_of_the_parts_stand_first_when_put_together():
    bad = Document("b", checks=["MISMATCH: w is off"], sections=[Section("S", 1, [Line(gw.tracing.algebra.Sym("w"))])])
    page = together("Both", [("One", Document("a", checks=["fine"])), ("Two", bad)])
    assert page.checks == ["MISMATCH: Two: w is off", "One: fine"]
    assert page.sections[1].children[0].level == 2
