"""Which of five machines made a coin: edge profiles, multi-layer perceptron with LayerNorm."""

import math

import torch
import torch.nn as nn
from torch.nn import functional

torch.manual_seed(23)


def coins(n, points=48):
    machine = torch.randint(0, 5, (n,))
    angle = torch.linspace(0, 2 * math.pi, points)
    phase = 2 * math.pi * torch.rand(n, 1)
    profile = torch.sin((machine[:, None] + 2) * angle + phase) + 0.3 * torch.sin(9 * angle + torch.rand(n, 1))
    return profile + 0.5 * torch.randn(n, points), machine


class EdgeNet(nn.Module):
    def __init__(self, points=48, width=96, classes=5):
        super().__init__()
        self.fc1 = nn.Linear(points, width)
        self.ln1 = nn.LayerNorm(width)
        self.fc2 = nn.Linear(width, width)
        self.ln2 = nn.LayerNorm(width)
        self.out = nn.Linear(width, classes)
        self.reset_parameters()

    def reset_parameters(self):
        for name, p in self.named_parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, x):
        x = functional.relu(self.ln1(self.fc1(x)))
        x = functional.relu(self.ln2(self.fc2(x)))
        return self.out(x)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    return functional.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


x_train, y_train = coins(3000)
x_test, y_test = coins(700)
model = EdgeNet()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(10):
    model.train()
    for rows in torch.randperm(3000).split(60):
        optimizer.zero_grad()
        functional.cross_entropy(model(x_train[rows]), y_train[rows]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
    print("epoch {}  loss {:.4f}  accuracy {:.4f}".format(epoch, *evaluate(model, x_test, y_test)))
print("metric:", evaluate(model, x_test, y_test)[1])
