"""What does batch norm compute in training, and what in inference?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, together


def run() -> tuple[Document, str, bool]:
    net = nn.BatchNorm1d(1).double()
    with torch.no_grad():
        net.weight.fill_(1.5)
        net.bias.fill_(0.2)
        net.running_mean.fill_(0.5)
        net.running_var.fill_(4.0)
    x = torch.tensor([[1.0], [3.0], [-1.0], [5.0]], dtype=torch.float64)
    y = torch.tensor([[0.0], [1.0], [0.0], [-1.0]], dtype=torch.float64)
    steps = {}
    for mode in ("training", "inference"):
        net.train(mode == "training")
        steps[mode] = gw.trace(net, lambda o, y: 0.5 * ((o - y) ** 2).sum(), x, y)
    page = together(
        "Batch norm, twice",
        [(mode.capitalize(), step.illustrated("x[3,0]", sample=3)) for mode, step in steps.items()],
    )
    training, inference = (step.gradient("x") for step in steps.values())
    answer = (
        "In training the mean and the variance are those of the batch (2 and 5), so every sample has a part in every "
        "output, and the gradients of the inputs add up to 0: moving all samples together changes nothing. "
        "In inference the stored 0.5 and 4 are constants, each sample stands alone, "
        f"and the gradients add up to {inference.sum().item():.3g}."
    )
    stored = net.running_mean.item() == 0.5 and net.running_var.item() == 4.0
    holds = abs(training.sum().item()) < 1e-12 < abs(inference.sum().item())
    return page, answer, stored and holds and all(step.check().ok for step in steps.values())
