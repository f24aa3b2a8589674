"""Weather icons. Twelve pictures per update; gradients are averaged over the twelve."""

import numpy as np
import torch
from torch import nn


def icon(kind, rng):
    v, u = np.mgrid[:18, :18] - 8.5
    u, v = u + rng.uniform(-2, 2), v + rng.uniform(-2, 2)
    if kind == 0:  # sun
        im = np.hypot(u, v) < rng.uniform(4, 6)
    elif kind == 1:  # cloud
        im = (np.hypot(u - 3, v) < 3) | (np.hypot(u + 3, v) < 3) | (np.hypot(u, v + 2) < 3.5)
    elif kind == 2:  # rain
        im = np.cos(1.4 * u + 0.5 * v) > 0.5
    elif kind == 3:  # wind
        im = np.cos(1.4 * v + np.sin(0.6 * u)) > 0.5
    else:  # snow
        im = (np.cos(1.6 * u) > 0.4) & (np.cos(1.6 * v) > 0.4)
    bright = rng.uniform(0.25, 1.0)
    return im * bright + rng.uniform(0, 0.5) + rng.normal(0, 0.12, im.shape)


def make(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 5, n)
    x = np.stack([icon(k, rng) for k in y])[:, None]
    return torch.tensor((x - 0.45) / 0.35, dtype=torch.float32), torch.tensor(y)


class Net(nn.Module):
    def __init__(self, widths=(8, 16, 16)):
        super().__init__()
        stages, c = [], 1
        for w in widths:
            stages.append(
                nn.Sequential(nn.Conv2d(c, w, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(w), nn.ReLU())
            )
            c = w
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(c, 5)

    def forward(self, x):
        return self.head(self.stages(x).mean((2, 3)))


torch.manual_seed(0)
x, y = make(480, 10)
xt, yt = make(400, 11)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 9)

for epoch in range(9):
    net.train()
    losses = []
    for idx in torch.randperm(len(x)).split(12):
        opt.zero_grad()
        logits = torch.cat([net(x[i : i + 1]) for i in idx])
        loss = nn.functional.cross_entropy(logits, y[idx])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    sched.step()
    net.eval()
    with torch.no_grad():
        acc = (net(xt).argmax(1) == yt).float().mean().item()
    print(f"epoch {epoch}: loss {sum(losses) / len(losses):.3f}, test accuracy {acc:.3f}")
print("metric:", acc)
