"""Why does the gradient survive a residual block?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, paths, together


class Stack(nn.Module):
    """Three narrow blocks, with or without the way past them."""

    def __init__(self, past: bool) -> None:
        super().__init__()
        self.blocks, self.past = nn.ModuleList(nn.Linear(1, 1) for _ in range(3)), past

    def forward(self, x):
        for block in self.blocks:
            x = x + torch.tanh(block(x)) if self.past else torch.tanh(block(x))
        return x


def run() -> tuple[Document, str, bool]:
    x, y = torch.tensor([[0.8]], dtype=torch.float64), torch.tensor([[0.0]], dtype=torch.float64)
    steps = {}
    for past in (True, False):
        net = Stack(past).double()
        for block in net.blocks:
            nn.init.constant_(block.weight, 0.1)
            nn.init.constant_(block.bias, 0.05)
        steps[past] = gw.trace(net, lambda o, y: (o - y).sum(), x, y)
    names = {True: "With the way past the blocks", False: "Without it"}
    page = together("A residual block", [(names[past], step.illustrated("x[0,0]")) for past, step in steps.items()])
    ways = paths(steps[True].tape, steps[True].sweep, steps[True].leaf("x"), (0, 0))
    kept, lost = (abs(step.gradient("x").item()) for step in steps.values())
    answer = (
        "Each block multiplies what comes back by 1 + (small) with the way past it, by (small) without it. After three "
        f"blocks the gradient is {kept:.3g} with it and {lost:.1e} without it: of the {ways.count} paths one goes "
        "straight past all blocks, and its product is exactly 1."
    )
    straight = any(path.product == 1 for path in ways.shown)
    return page, answer, straight and kept > 1 > 1e-2 > lost and all(step.check().ok for step in steps.values())
