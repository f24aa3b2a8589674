"""How far does Adam go in its first three steps, whatever the gradient's size?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, Section, descent_plane, together


def run() -> tuple[Document, str, bool]:
    net = nn.Linear(1, 1, bias=False).double()
    with torch.no_grad():
        net.weight.fill_(2.0)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    x, y = torch.tensor([[3.0]], dtype=torch.float64), torch.tensor([[1.5]], dtype=torch.float64)

    def half_squared_error(o, y):
        return 0.5 * ((o - y) ** 2).sum()

    parts, moves, fine = [], [], True
    for number in range(1, 4):
        step = gw.trace(net, half_squared_error, x, y, optimizer=optimizer)
        parts.append((f"Step {number}", step.document("weight[0,0]")))
        fine = fine and step.check().ok
        before = net.weight.item()
        optimizer.zero_grad()
        half_squared_error(net(x), y).backward()
        optimizer.step()
        moves.append(before - net.weight.item())
        fine = fine and step.update("weight").after.item() == net.weight.item()
    page = together("Adam's first three steps", parts)
    ways = {"Adam": lambda p: torch.optim.Adam(p, lr=0.1), "SGD": lambda p: torch.optim.SGD(p, lr=0.035)}
    narrow = {"start": (-1.5, 1.0), "steps": 25, "x": (-2.0, 2.0), "y": (-1.5, 1.5)}
    valley = descent_plane(lambda w: 0.5 * (w[0] ** 2 + 25 * w[1] ** 2), ways, **narrow, title="In a narrow valley")
    page.sections.append(Section("In two dimensions", 1, [valley]))
    answer = (
        f"The gradient is 13.5 at first, and the weight moves by {', '.join(f'{move:.4f}' for move in moves)}: about "
        "the learning rate each time, as the two averages, corrected for their start at 0, are near to the gradient "
        "and to its square."
    )
    return page, answer, fine and all(abs(move - 0.1) < 0.005 for move in moves)
