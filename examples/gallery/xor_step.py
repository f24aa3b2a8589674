"""How does one step of a 2-2-1 net bring it closer to XOR?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, Section, decision_plane


def run() -> tuple[Document, str, bool]:
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid()).double()
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]], dtype=torch.float64)
    optimizer = torch.optim.SGD(net.parameters(), lr=2.0)

    def half_squared_error(o, y):
        return 0.5 * ((o - y) ** 2).sum()

    def learn(x, y):
        optimizer.zero_grad()
        half_squared_error(net(x), y).backward()
        optimizer.step()

    for _ in range(250):  # half-way: the net already has an opinion
        learn(x, y)
    step = gw.trace(net, half_squared_error, x[1:2], y[1:2], optimizer=optimizer)
    page = step.illustrated(depth="element")
    page.title = "One step of an XOR net"
    page.sections.insert(0, Section("What the net says before the step", 1, [decision_plane(net, x, y)]))
    learn(x[1:2], y[1:2])
    after = half_squared_error(net(x[1:2]), y[1:2]).item()
    answer = (
        f"Every weight moves against its gradient, which is the delta of the unit it leads to times what came in. The "
        f"loss of this sample falls from {step.loss:.4f} to {after:.4f}. The two weights from the input that is 0 stay."
    )
    still = (step.gradient("0.weight")[:, 0] == 0).all().item()
    return page, answer, step.check().ok and after < step.loss and still
