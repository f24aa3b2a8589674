"""Back-propagation: the course's networks with sigmoid and linear units, its paths and its small graphs."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.losses import binary_cross_entropy_from_probabilities, error_energy
from glasswork.optimizers import SGD
from glasswork.tracing.trace import trace
from glasswork.tracing.worked.lesson import Lesson, delta, gradient, linear, moved, output, take

__all__ = ["we_10", "we_11", "we_12", "we_13", "we_30", "we_35"]


def _sigmoid_net(hidden: nn.Linear, out: nn.Linear) -> nn.Sequential:
    parts = [("hidden", hidden), ("h", nn.Sigmoid()), ("out", out), ("y", nn.Sigmoid())]
    return nn.Sequential(OrderedDict(parts))


def we_10(inputs: dict[str, Any]) -> Lesson:
    """Two sigmoid units and one on top, without biases: one step, and the error after it."""
    i = inputs
    net = _sigmoid_net(linear([[i["w13"], i["w23"]], [i["w14"], i["w24"]]]), linear([[i["w35"], i["w45"]]]))
    x = torch.tensor([[i["x1"], i["x2"]]], dtype=torch.float64)
    d = torch.tensor([[i["target"]]], dtype=torch.float64)
    optimizer = SGD(net.parameters(), lr=i["eta"])
    first = trace(net, error_energy, x, d, optimizer=optimizer)
    take(net, error_energy, x, d, optimizer)
    second = trace(net, error_energy, x, d, optimizer=optimizer)
    lesson = Lesson("WE-10", [("the first step", first), ("the same example again", second)])
    for end, step in (("", first), ("_2", second)):
        (a1, a2), (y3, y4) = output(step, "hidden")[0].tolist(), output(step, "h")[0].tolist()
        y5 = output(step, "y").item()
        lesson.numbers |= {f"a1{end}": a1, f"a2{end}": a2, f"y3{end}": y3, f"y4{end}": y4}
        lesson.numbers |= {f"a3{end}": output(step, "out").item(), f"y5{end}": y5, f"error{end}": i["target"] - y5}
    # The course's local gradients point downhill: minus the derivative of the error energy.
    (delta3, delta4), delta5 = (-delta(first, "hidden")[0]).tolist(), -delta(first, "out").item()
    lesson.numbers |= {"delta3": delta3, "delta4": delta4, "delta5": delta5}
    names = [["w13", "w23"], ["w14", "w24"]]
    for row, group in enumerate(names):
        for column, name in enumerate(group):
            lesson.numbers[f"d{name}"] = -i["eta"] * gradient(first, "hidden.weight")[row, column].item()
            lesson.numbers[f"{name}_new"] = moved(first, "hidden.weight")[row, column].item()
    for column, name in enumerate(("w35", "w45")):
        lesson.numbers[f"d{name}"] = -i["eta"] * gradient(first, "out.weight")[0, column].item()
        lesson.numbers[f"{name}_new"] = moved(first, "out.weight")[0, column].item()
    return lesson


def we_11(inputs: dict[str, Any]) -> Lesson:
    """Two logistic units and one on top, with biases."""
    i = inputs
    v = torch.tensor(i["V_input_to_hidden"], dtype=torch.float64).T
    x = torch.tensor([i["x"]], dtype=torch.float64)
    d = torch.tensor([[i["target"]]], dtype=torch.float64)

    def net() -> nn.Sequential:
        return _sigmoid_net(linear(v, i["b_hidden"]), linear([i["W_hidden_to_out"]], i["b_out"]))

    made = net()
    optimizer = SGD(made.parameters(), lr=i["eta"])
    step = trace(made, error_energy, x, d, optimizer=optimizer)
    (v1, v2), (h1, h2) = output(step, "hidden")[0].tolist(), output(step, "h")[0].tolist()
    y = output(step, "y").item()
    take(made, error_energy, x, d, optimizer)
    after = trace(made, error_energy, x, d, optimizer=optimizer)
    w_new, b_new = moved(step, "out.weight")[0], moved(step, "out.bias")
    numbers: dict[str, Any] = {"v1": v1, "v2": v2, "h1": h1, "h2": h2, "v_k": output(step, "out").item(), "y_k": y}
    numbers |= {"error": i["target"] - y, "delta_k": -delta(step, "out").item()}
    numbers |= _changes(step, i["eta"]) | {"w_k1_new": w_new[0].item(), "w_k2_new": w_new[1].item()}
    numbers |= {"w_k0_new": b_new.item(), "delta_h": (-delta(step, "hidden")[0]).tolist()}
    numbers |= {"V_new": moved(step, "hidden.weight").T.tolist(), "b_new": moved(step, "hidden.bias").tolist()}
    numbers |= {"y_after": output(after, "y").item()}
    slow = net()
    small = trace(slow, error_energy, x, d, optimizer=SGD(slow.parameters(), lr=0.05))
    numbers["if_eta_0_05"] = _changes(small, 0.05) | {"w_k0_new": moved(small, "out.bias").item()}
    steps = [("the step", step), ("the same example again", after), ("the step at a rate of 0.05", small)]
    return Lesson("WE-11", steps, numbers)


def _changes(step: Any, eta: float) -> dict[str, float]:
    weight, bias = -eta * gradient(step, "out.weight")[0], -eta * gradient(step, "out.bias")
    return {"dw_k1": weight[0].item(), "dw_k2": weight[1].item(), "dw_k0": bias.item()}


def _squared(answer: Tensor, target: Tensor) -> Tensor:
    return ((target - answer) ** 2).sum()


def we_12(inputs: dict[str, Any]) -> Lesson:
    """Nine derivatives of a linear net with squared error."""
    x = torch.tensor([inputs["x"]], dtype=torch.float64)
    target = torch.tensor([[inputs["y"]]], dtype=torch.float64)
    lesson = Lesson("WE-12")
    for end, key in (("ones", "all_ones"), ("asym", "asymmetric")):
        w = inputs[key]
        hidden = linear([[w["w11"], w["w21"]], [w["w12"], w["w22"]]], [w["b11"], w["b12"]])
        net = nn.Sequential(OrderedDict(hidden=hidden, out=linear([[w["u11"], w["u21"]]], w["b21"])))
        step = trace(net, _squared, x, target)
        lesson.steps.append((key.replace("_", " "), step))
        lesson.numbers[f"yhat_{end}"] = output(step, "out").item()
        g, b, u = gradient(step, "hidden.weight"), gradient(step, "hidden.bias"), gradient(step, "out.weight")
        found = {"u11": u[0, 0], "u21": u[0, 1], "b21": gradient(step, "out.bias")[0]}
        found |= {"w11": g[0, 0], "w21": g[0, 1], "b11": b[0], "w12": g[1, 0], "w22": g[1, 1], "b12": b[1]}
        lesson.numbers[f"grads_{end}"] = {name: value.item() for name, value in found.items()}
    return lesson


def we_13(inputs: dict[str, Any]) -> Lesson:
    """The chain rule over two paths in a linear 3-3-2-1 net."""
    i = {name: torch.tensor(value, dtype=torch.float64) for name, value in inputs.items()}
    layers = {"one": linear(i["W1"].T, i["b1"]), "two": linear(i["W2"].T, i["b2"])}
    net = nn.Sequential(OrderedDict(**layers, out=linear(i["W3"][None], i["b3"])))
    step = trace(net, _squared, i["x"][None], i["y"].reshape(1, 1))
    first_input = i["x"][0]
    by_path = delta(step, "two")[0] * i["W2"][0] * first_input  # through each unit of the second layer
    numbers: dict[str, Any] = {"yhat": output(step, "out").item(), "dw3_11": gradient(step, "out.weight")[0, 0].item()}
    numbers |= {
        "dw2_11": gradient(step, "two.weight")[0, 0].item(),
        "dw1_11": gradient(step, "one.weight")[0, 0].item(),
    }
    numbers |= {"path_via_O21": by_path[0].item(), "path_via_O22": by_path[1].item()}
    return Lesson("WE-13", [("the step", step)], numbers)


def we_30(inputs: dict[str, Any]) -> Lesson:
    """The graph of a = relu(w x + b)."""
    unit = nn.Sequential(OrderedDict(sum=linear([[inputs["w"]]], inputs["b"]), a=nn.ReLU()))
    step = trace(unit, lambda a: a.sum(), torch.tensor([[inputs["x"]]], dtype=torch.float64))
    slopes = {"da_dw": gradient(step, "sum.weight").item(), "da_db": gradient(step, "sum.bias").item()}
    return Lesson("WE-30", [("the graph", step)], {"a": output(step, "a").item(), **slopes})


def we_35(inputs: dict[str, Any]) -> Lesson:
    """The derivative of binary cross-entropy by a sigmoid's argument."""
    unit = nn.Sequential(OrderedDict(z=nn.Identity(), a=nn.Sigmoid()))
    z = torch.tensor([float(inputs["z"])], dtype=torch.float64)
    y = torch.tensor([float(inputs["y"])], dtype=torch.float64)
    step = trace(unit, binary_cross_entropy_from_probabilities, z, y)
    by_a, by_z = delta(step, "a").item(), gradient(step, "x").item()
    numbers = {"a": output(step, "a").item(), "dL_da": by_a, "da_dz": by_z / by_a, "dL_dz": by_z}
    return Lesson("WE-35", [("the step", step)], numbers)
