"""Where does the gradient go at a max-pool?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document


def run() -> tuple[Document, str, bool]:
    x = torch.tensor([[[[1.0, 3.0, 0.0, 2.0], [2.0, 0.5, 1.0, -1.0], [0.0, 1.0, 4.0, 4.5], [-2.0, -1.0, 3.0, 0.0]]]])
    y = torch.tensor([[[[2.0, 2.0], [2.0, 2.0]]]])
    step = gw.trace(nn.MaxPool2d(2), lambda o, y: 0.5 * ((o - y) ** 2).sum(), x.double(), y.double())
    page = step.illustrated("x")
    page.title = "Max-pool: the winner gets all"
    gradient = step.gradient("x")[0, 0]
    reached = int((gradient != 0).sum())
    won = nn.functional.max_pool2d(x, 2)[0, 0]
    answer = (
        f"In each window the largest number goes on, and it alone gets the gradient that comes back. Of 16 pixels "
        f"{reached} get one; the second window's winner is 2, exactly what was asked for, so that nothing comes back."
    )
    right = torch.zeros(4, 4).double()
    for place, at in zip(((0, 0), (0, 1), (1, 0), (1, 1)), ((0, 1), (0, 3), (2, 1), (2, 3)), strict=True):
        right[at] = won[place].item() - 2.0
    return page, answer, step.check().ok and torch.equal(gradient, right)
