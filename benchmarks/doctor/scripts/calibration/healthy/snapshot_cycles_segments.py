"""Snapshot ensemble: cosine cycles with warm restarts (the loss jumps up at each restart), three snapshots averaged."""
import copy
import torch
from torch import nn

torch.manual_seed(83)


def cells(n, size=20):
    yy, xx = torch.meshgrid(torch.arange(size).float(), torch.arange(size).float(), indexing="ij")
    mask = torch.zeros(n, size, size)
    for _ in range(2):
        cy, cx = (5 + 10 * torch.rand(2, n, 1, 1))
        ry, rx = (2 + 2.5 * torch.rand(2, n, 1, 1))
        mask = torch.maximum(mask, ((((yy - cy) / ry) ** 2 + ((xx - cx) / rx) ** 2) < 1).float())
    glow = torch.randn(n, 1, 1) * 0.3 + (xx / size) * torch.randn(n, 1, 1) * 0.6
    img = mask + glow + 0.4 * torch.randn(n, size, size)
    return img[:, None], mask[:, None]


def make():
    return nn.Sequential(
        nn.Conv2d(1, 10, 3, padding=1), nn.BatchNorm2d(10), nn.ReLU(),
        nn.Conv2d(10, 10, 3, padding=2, dilation=2), nn.BatchNorm2d(10), nn.ReLU(),
        nn.Conv2d(10, 10, 3, padding=1), nn.BatchNorm2d(10), nn.ReLU(),
        nn.Conv2d(10, 1, 1))


x, m = cells(400)
xt, mt = cells(150)
mean, std = x.mean(), x.std()
x, xt = (x - mean) / std, (xt - mean) / std
net = make()
opt = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.9)
BATCH, CYCLE_EPOCHS, CYCLES = 20, 3, 3
per_cycle = CYCLE_EPOCHS * len(x) // BATCH
sched = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(opt, T_0=per_cycle, eta_min=1e-3)
snapshots = []


def dice(logits, truth):
    p = (logits > 0).float()
    return (2 * (p * truth).sum() / (p.sum() + truth.sum())).item()


for epoch in range(CYCLE_EPOCHS * CYCLES):
    net.train()
    for rows in torch.randperm(len(x)).split(BATCH):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[rows]), m[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    if (epoch + 1) % CYCLE_EPOCHS == 0:
        snapshots.append(copy.deepcopy(net).eval())
        with torch.no_grad():
            print(f"snapshot {len(snapshots)}: loss {loss.item():.4f}, dice {dice(snapshots[-1](xt), mt):.4f}")
with torch.no_grad():
    mean_logit = torch.stack([s(xt) for s in snapshots]).mean(0)
    print("metric:", dice(mean_logit, mt))
