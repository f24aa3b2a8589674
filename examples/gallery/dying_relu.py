"""Why does a dead ReLU stay dead?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, together


def run() -> tuple[Document, str, bool]:
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)).double()
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[0.5, 0.4], [0.3, -0.6]]))
        net[0].bias.copy_(torch.tensor([0.1, -5.0]))  # far below 0 for every sample
        net[2].weight.copy_(torch.tensor([[0.7, -0.9]]))
        net[2].bias.fill_(0.2)
    x = torch.tensor([[1.0, 0.5], [-0.5, 2.0], [2.0, 1.0]], dtype=torch.float64)
    y = torch.tensor([[1.0], [0.0], [2.0]], dtype=torch.float64)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    step = gw.trace(net, lambda o, y: ((o - y) ** 2).mean(), x, y, optimizer=optimizer)
    page = together(
        "A dying ReLU",
        [("The unit that lives", step.document("0.weight[0,0]")), ("The dead one", step.document("0.weight[1,0]"))],
    )
    gradient, moved = step.gradient("0.weight"), step.update("0.weight").after - net[0].weight.detach()
    answer = (
        "The second unit's sum is below 0 for all three samples, so ReLU gives 0 and its slope is 0: every path from "
        f"its weights is blocked. Its gradient is {gradient[1].abs().max().item():g}, it moves by "
        f"{moved[1].abs().max().item():g}, and the next step finds it as dead as this one. The weights of the other "
        f"unit move by up to {moved[0].abs().max().item():.3f}."
    )
    dead = not gradient[1].any() and not moved[1].any() and bool(gradient[0].all())
    return page, answer, dead and step.check().ok
