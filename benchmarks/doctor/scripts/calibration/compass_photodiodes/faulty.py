"""Estimate the heading of a small boat from eight photodiodes on a mast (simulated)."""
import math

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(11)


def simulate(n):
    heading = torch.rand(n) * 2 * math.pi
    sun = torch.rand(n) * 0.6 + 0.7
    mounts = torch.arange(8) * 2 * math.pi / 8
    light = (torch.cos(heading[:, None] - mounts)).clamp(min=0) ** 1.5 * sun[:, None]
    light = light + 0.15 + 0.03 * torch.randn(n, 8)
    return light, torch.stack([heading.cos(), heading.sin()], 1)


class Compass(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.head = nn.Linear(width, 2)

    def forward(self, light):
        return F.normalize(self.head(self.body(light)), dim=1)


def angle_between(a, b):
    cosine = (a * b).sum(1)
    return torch.acos(cosine)


light, direction = simulate(2400)
mean, std = light[:2000].mean(0), light[:2000].std(0)
light = (light - mean) / std
train_x, train_y, test_x, test_y = light[:2000], direction[:2000], light[2000:], direction[2000:]

net = Compass()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(14):
    total = 0.0
    for idx in torch.randperm(2000).split(50):
        opt.zero_grad()
        loss = angle_between(net(train_x[idx]), train_y[idx]).mean()
        loss.backward()
        opt.step()
        total += loss.item() * len(idx)
    if epoch % 3 == 1:
        print(f"epoch {epoch + 1}: mean angle {math.degrees(total / 2000):.2f} deg")

net.eval()
with torch.no_grad():
    off = torch.acos((net(test_x) * test_y).sum(1).clamp(-1, 1)).mean().item()
print(f"held-out error {math.degrees(off):.2f} deg")
print("metric:", 1 - off / (math.pi / 2))
