"""Keypoints as heat maps: where are the two ends of a stick? Targets are almost everywhere nought, loss is tiny by design."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

SIZE = 20


class Sticks(IterableDataset):
    """An endless source made on the fly; no picture is ever seen twice."""

    def __init__(self, seed, n):
        self.seed, self.n = seed, n

    def __iter__(self):
        rng = np.random.default_rng(self.seed)
        v, u = np.mgrid[:SIZE, :SIZE]
        for _ in range(self.n):
            top = rng.uniform([2, 2], [8, 17])
            low = rng.uniform([12, 2], [17, 17])
            t = np.linspace(0, 1, 40)[:, None]
            dots = top + t * (low - top)
            d = np.hypot(v[None] - dots[:, 0, None, None], u[None] - dots[:, 1, None, None]).min(0)
            image = np.exp(-(d**2)) + rng.normal(0, 0.1, (SIZE, SIZE))
            maps = [np.exp(-((v - p[0]) ** 2 + (u - p[1]) ** 2) / 4.5) for p in (top, low)]
            yield {
                "image": torch.tensor((image - 0.12) / 0.27, dtype=torch.float32)[None],
                "maps": torch.tensor(np.stack(maps), dtype=torch.float32),
                "points": torch.tensor(np.stack([top, low]), dtype=torch.float32),
            }


class HeatNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 16, 5, padding=2)
        self.b = nn.Conv2d(16, 16, 5, padding=4, dilation=2)
        self.c = nn.Conv2d(16, 2, 5, padding=2)

    def forward(self, x):
        h = torch.relu(self.a(x))
        return self.c(h + torch.relu(self.b(h)))


def where(maps):
    """Centre of mass around the peak of each map, in pixels."""
    n, k = maps.shape[:2]
    w = (maps.flatten(2) * 12).softmax(2).view(n, k, SIZE, SIZE)
    r = torch.arange(SIZE, dtype=torch.float32)
    return torch.stack([(w.sum(3) * r).sum(2), (w.sum(2) * r).sum(2)], 2)


torch.manual_seed(6)
net = HeatNet()
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
sched = torch.optim.lr_scheduler.LinearLR(opt, 1.0, 0.05, total_iters=170)
for step, batch in enumerate(DataLoader(Sticks(1, 170 * 16), batch_size=16)):
    loss = (net(batch["image"]) - batch["maps"]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 15 == 0:
        print(f"step {step}: {loss.item():.5f}")

errors, spread = [], []
with torch.no_grad():
    for batch in DataLoader(Sticks(2, 160), batch_size=40):
        points = batch["points"]
        errors.append((where(net(batch["image"])) - points).square().mean())
        spread.append((points - points.mean(0)).square().mean())
print("mean error in pixels", float(torch.stack(errors).mean().sqrt()))
print("metric:", 1 - float(sum(errors) / sum(spread)))
