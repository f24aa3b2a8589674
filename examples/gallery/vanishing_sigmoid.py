"""How much of the gradient is left after eight layers of sigmoids?"""

from itertools import pairwise

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, together

DEPTH = 8


def run() -> tuple[Document, str, bool]:
    torch.manual_seed(0)
    layers = [part for _ in range(DEPTH) for part in (nn.Linear(4, 4), nn.Sigmoid())]
    net = nn.Sequential(*layers, nn.Linear(4, 1)).double()
    x, y = torch.randn(8, 4, dtype=torch.float64), torch.ones(8, 1, dtype=torch.float64)
    step = gw.trace(net, nn.functional.mse_loss, x, y, optimizer=torch.optim.SGD(net.parameters(), lr=0.1))
    whole = step.illustrated()
    page = together(
        "A stack of sigmoids", [("All layers", whole), ("One weight of the first layer", step.document("0.bias"))]
    )
    norms = [step.gradient(f"{2 * layer}.weight").norm().item() for layer in range(DEPTH)]
    factors = [near / far for near, far in pairwise(norms)]
    answer = (
        "A sigmoid's slope is at most 1/4. From the last hidden layer to the first the gradient's norm falls from "
        f"{norms[-1]:.2g} to {norms[0]:.1e}: in each layer to between {min(factors):.0%} and {max(factors):.0%} of it."
    )
    return page, answer, step.check().ok and norms[0] < 1e-4 * norms[-1]
