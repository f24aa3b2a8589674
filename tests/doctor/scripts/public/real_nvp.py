"""A normalising flow on two moons: coupling layers, the loss is minus a log-likelihood and may fall below zero."""

import math

import torch
from fingerprint import fingerprint
from sklearn.datasets import make_moons
from torch import nn

torch.manual_seed(0)
data = torch.tensor(make_moons(2000, noise=0.05, random_state=1)[0], dtype=torch.float32)
data = (data - data.mean(0)) / data.std(0)


class Coupling(nn.Module):
    def __init__(self, flip, width=32):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(
            nn.Linear(1, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2)
        )

    def forward(self, x):
        a, b = x.chunk(2, 1)
        if self.flip:
            a, b = b, a
        s, t = self.net(a).chunk(2, 1)
        s = torch.tanh(s)
        b = b * s.exp() + t
        return torch.cat([b, a] if self.flip else [a, b], 1), s.sum(1)


class RealNVP(nn.Module):
    def __init__(self, layers=6):
        super().__init__()
        self.layers = nn.ModuleList(Coupling(bool(i % 2)) for i in range(layers))

    def log_prob(self, x):
        total = torch.zeros(len(x))
        for layer in self.layers:
            x, log_det = layer(x)
            total = total + log_det
        return total - 0.5 * (x**2).sum(1) - math.log(2 * math.pi)


flow = RealNVP()
optimizer = torch.optim.Adam(flow.parameters(), lr=3e-3)
for epoch in range(8):
    for rows in torch.randperm(1600).split(100):
        loss = -flow.log_prob(data[rows]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(f"epoch {epoch}: valid {-flow.log_prob(data[1600:]).mean().item():.4f}")
fingerprint(flow)
