"""Perceptrons: their corrections as steps down a loss, and three of them combined."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.activations import Threshold
from glasswork.losses import perceptron_criterion
from glasswork.optimizers import SGD
from glasswork.tracing.trace import Trace, trace
from glasswork.tracing.worked.lesson import Lesson, gradient, linear, moved, output, take

__all__ = ["we_01", "we_03", "we_03b", "we_41", "we_47", "we_48"]


def _correction(score: Tensor, desired: Tensor) -> Tensor:
    r"""Return -(d - y) v, y the unit's answer as a number: its slope by the weights is minus the trick's correction."""
    fires = Threshold()(score.detach())
    return -((desired - fires) * score).sum()


def _as_loss(desired: float) -> Tensor:
    return torch.tensor([[float(desired)]], dtype=torch.float64)


def we_01(inputs: dict[str, Any]) -> Lesson:
    """One correction of the perceptron trick."""
    *weights, bias = inputs["line"]
    unit = nn.Sequential(OrderedDict(v=linear([weights], [bias])))
    x, d = torch.tensor([inputs["point"]], dtype=torch.float64), _as_loss(inputs["label"])
    optimizer = SGD(unit.parameters(), lr=inputs["eta"])
    step = trace(unit, _correction, x, d, optimizer=optimizer)
    take(unit, _correction, x, d, optimizer)
    after = trace(unit, _correction, x, d, optimizer=optimizer)
    line = [*moved(step, "v.weight")[0].tolist(), moved(step, "v.bias").item()]
    numbers = {"score_before": output(step, "v").item(), "new_line": line, "score_after": output(after, "v").item()}
    return Lesson("WE-01", [("the correction", step), ("the same point again", after)], numbers)


def we_03(inputs: dict[str, Any], id: str = "WE-03") -> Lesson:
    """The perceptron convergence algorithm until a whole epoch changes nothing."""
    unit = nn.Sequential(OrderedDict(v=linear([inputs["w0"]], [inputs["b0"]])))
    optimizer = SGD(unit.parameters(), lr=inputs["eta"])
    points = [(torch.tensor([inputs[f"x{n}"]], dtype=torch.float64), inputs[f"d{n}"]) for n in (1, 2)]
    lesson, updates, rows = Lesson(id), 0, []
    for epoch in range(1, 10):
        changed = False
        for iteration, (x, desired) in enumerate(points, start=1):
            step = trace(unit, _correction, x, _as_loss(desired), optimizer=optimizer)
            lesson.steps.append((f"epoch {epoch}, point {iteration}", step))
            row = _row(step, epoch, iteration, desired)
            rows.append(row)
            changed = changed or row["e"] != 0
            updates += row["e"] != 0
            take(unit, _correction, x, _as_loss(desired), optimizer)
        if not changed:
            break
    last = rows[-1]
    lesson.numbers = {
        "trace": rows,
        "final_w": last["w_after"],
        "final_b": last["b_after"],
        "updates": updates,
        "epochs_run": epoch,
    }
    for row in rows:
        name = f"ep{row['epoch']}_it{row['iteration']}"
        lesson.numbers |= {f"{name}_v": row["v"], f"{name}_w": row["w_after"], f"{name}_b": row["b_after"]}
    return lesson


def we_03b(inputs: dict[str, Any]) -> Lesson:
    """The same with the vector as the problem prints it."""
    return we_03(inputs, "WE-03b")


def _row(step: Trace, epoch: int, iteration: int, desired: int) -> dict[str, Any]:
    v = output(step, "v").item()
    y = int(Threshold()(torch.tensor(v)).item())
    after = {"w_after": moved(step, "v.weight")[0].tolist(), "b_after": moved(step, "v.bias").item()}
    return {"epoch": epoch, "iteration": iteration, "v": v, "y": y, "e": desired - y, **after}


def we_41(inputs: dict[str, Any]) -> Lesson:
    """Two logistic units and a third that combines them."""
    first, second, third = inputs["p1"], inputs["p2"], inputs["p3"]
    lines = linear([first[:2], second[:2]], [first[2], second[2]])
    parts = [("lines", lines), ("o", nn.Sigmoid()), ("sum", linear([third[:2]], [third[2]])), ("y", nn.Sigmoid())]
    points = torch.tensor(inputs["points"], dtype=torch.float64)
    step = trace(nn.Sequential(OrderedDict(parts)), lambda y: y.sum(), points)
    on_line = trace(nn.Sigmoid(), lambda y: y.sum(), torch.zeros(1, dtype=torch.float64))
    o = output(step, "o")
    numbers: dict[str, Any] = {"o1": o[:, 0].tolist(), "o2": o[:, 1].tolist(), "y": output(step, "y")[:, 0].tolist()}
    numbers["on_line_probability"] = on_line.loss
    return Lesson("WE-41", [("three points", step), ("a point on the line", on_line)], numbers)


class _Prototypes(nn.Module):
    """Rows of weights; the nearest to the input wins."""

    def __init__(self, rows: list[list[float]]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(rows, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        distances = (x - self.weight).square().sum(1)
        return x - self.weight[distances.argmin()]


def we_47(inputs: dict[str, Any]) -> Lesson:
    """Competitive learning: the winner moves towards the input, a step down half the squared distance."""
    net = _Prototypes(inputs["W"])
    x = torch.tensor(inputs["x"], dtype=torch.float64)
    optimizer = SGD(net.parameters(), lr=inputs["eta"])
    step = trace(net, lambda gap: gap.square().sum() / 2, x, optimizer=optimizer)
    after, slope = moved(step, "weight"), gradient(step, "weight")
    winner = int(slope.abs().sum(1).argmax())
    numbers = {"winner": winner, "W_new": after.tolist(), "row_sums": after.sum(1).tolist()}
    return Lesson("WE-47", [("the step", step)], numbers)


def we_48(inputs: dict[str, Any]) -> Lesson:
    """The perceptron criterion and its slope."""
    unit = nn.Sequential(OrderedDict(f=linear([inputs["w"]], [inputs["b"]]), flat=nn.Flatten(0)))
    x = torch.tensor(inputs["X"], dtype=torch.float64)
    step = trace(unit, perceptron_criterion, x, torch.tensor(inputs["y"], dtype=torch.float64))
    slopes = {"dw": gradient(step, "f.weight")[0].tolist(), "db": gradient(step, "f.bias").item()}
    return Lesson("WE-48", [("the step", step)], {"f": output(step, "flat").tolist(), "loss": step.loss, **slopes})
