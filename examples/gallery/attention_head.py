"""How does one attention head turn three tokens into one, and how does the gradient come back through the softmax?"""

import math

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document


class Head(nn.Module):
    """Queries, keys and values of width 2; the last token looks at all three."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(2, 2, bias=False) for _ in range(3))

    def forward(self, x):
        q, k, v = self.query(x[-1:]), self.key(x), self.value(x)
        return torch.softmax(q @ k.T / math.sqrt(2), dim=-1) @ v


def run() -> tuple[Document, str, bool]:
    torch.manual_seed(3)
    head = Head().double()
    x = torch.tensor([[1.0, 0.5], [-0.5, 1.0], [0.3, -1.0]], dtype=torch.float64)
    y = torch.tensor([[0.5, -0.5]], dtype=torch.float64)
    step = gw.trace(
        head, lambda o, y: 0.5 * ((o - y) ** 2).sum(), x, y, optimizer=torch.optim.SGD(head.parameters(), lr=0.1)
    )
    page = step.illustrated("query.weight[0,0]")
    page.title = "One attention head"
    softmax = next(record for record in step.tape.records if "softmax" in record.name)
    weights = step.tape.value(softmax.outputs[0])
    scores = step.sweep.cotangents[softmax.inputs[0]]
    shares = ", ".join(f"{share:.3f}" for share in weights[0].tolist())
    answer = (
        f"The last token looks at the three with weights {shares}, which add up to 1. The softmax sends back only "
        "differences: the derivatives by the three scores add up to 0, as a number added to all scores changes nothing."
    )
    holds = abs(weights.sum().item() - 1) < 1e-12 and abs(scores.sum().item()) < 1e-12
    return page, answer, step.check().ok and holds
