"""Density of wind vectors by an affine coupling flow: the loop calls model.log_prob, the loss may go below zero."""
import math
import torch
from torch import nn

torch.manual_seed(90)


def wind(n):
    a = 0.6 * torch.randn(n)
    u = torch.stack([a, 0.8 * a ** 2 + 0.2 * torch.randn(n)], 1)
    return (u - torch.tensor([0.0, 0.288])) / torch.tensor([0.6, 0.45])


class Coupling(nn.Module):
    def __init__(self, flip):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))

    def forward(self, x):
        a, b = (x[:, 1:], x[:, :1]) if self.flip else (x[:, :1], x[:, 1:])
        s, t = self.net(a).chunk(2, 1)
        s = 2 * torch.tanh(s / 2)
        b = (b - t) * torch.exp(s)
        return (torch.cat([b, a], 1) if self.flip else torch.cat([a, b], 1)), s[:, 0]


class Flow(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = nn.ModuleList([Coupling(i % 2 == 1) for i in range(4)])

    def log_prob(self, x):
        total = 0
        for step in self.steps:
            x, ld = step(x)
            total = total + ld
        return total - 0.5 * (x ** 2).sum(1) - math.log(2 * math.pi)


flow, data = Flow(), wind(4000)
opt = torch.optim.Adam(flow.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.ExponentialLR(opt, 0.85)
for epoch in range(14):
    for k in torch.randperm(4000).split(100):
        loss = -flow.log_prob(data[k]).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
    if epoch % 4 == 0:
        print(epoch, loss.item())
fresh = wind(2000)
with torch.no_grad():
    ours = flow.log_prob(fresh).mean().item()
# the density is known: normal in a, normal round the parabola
a = fresh[:, 0] * 0.6
u1 = fresh[:, 1] * 0.45 + 0.288
best = (-0.5 * (a / 0.6) ** 2 - 0.5 * ((u1 - 0.8 * a ** 2) / 0.2) ** 2 - math.log(2 * math.pi * 0.6 * 0.2)
        + math.log(0.6 * 0.45)).mean().item()
print("log density", ours, "attainable", best)
print("metric:", math.exp(min(0.0, ours - best)))
