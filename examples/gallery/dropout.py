"""What does dropout change in a step: forward, backward, and when it is off?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, together


def run() -> tuple[Document, str, bool]:
    torch.manual_seed(4)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Dropout(0.5), nn.Linear(4, 1)).double()
    x, y = torch.tensor([[0.5, -1.0]], dtype=torch.float64), torch.tensor([[1.0]], dtype=torch.float64)
    steps = {}
    for mode in ("on", "off"):
        net.train(mode == "on")
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        steps[mode] = gw.trace(net, lambda o, y: 0.5 * ((o - y) ** 2).sum(), x, y, optimizer=optimizer)
    page = together(
        "Dropout on and off", [(f"Dropout {mode}", step.illustrated("3.weight")) for mode, step in steps.items()]
    )
    on, off = (step.gradient("3.weight")[0] for step in steps.values())
    dropped = int((on == 0).sum())
    answer = (
        f"With dropout on, {dropped} of 4 hidden units are 0 and the others are doubled, so that the expected sum "
        "stays; the weights behind a dropped unit get no gradient in this step. Off, all "
        f"{int((off != 0).sum())} weights get one."
    )
    return page, answer, 0 < dropped < 4 and bool((off != 0).all()) and all(step.check().ok for step in steps.values())
