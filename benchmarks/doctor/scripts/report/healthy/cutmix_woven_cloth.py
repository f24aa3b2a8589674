"""CutMix with mixed labels on woven patterns; the training accuracy stays low on purpose."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

rng = np.random.default_rng(72)
torch.manual_seed(72)
SIDE = 16


def cloth(n):
    y, x = np.mgrid[:SIDE, :SIDE]
    kind = rng.integers(4, size=n)
    out = np.empty((n, 1, SIDE, SIDE), dtype=np.float32)
    for i, k in enumerate(kind):
        a, b = rng.integers(0, 4, 2)
        twill = ((x + a + y) // 2 % 2, (x + a - y) // 2 % 2, ((x + a) // 2 + (y + b) // 2) % 2, (x + a) // 2 % 2)[k]
        out[i, 0] = twill - 0.5 + rng.normal(0, 0.4, (SIDE, SIDE))
    return torch.from_numpy(out / out.std()), torch.from_numpy(kind)


def cutmix(x, y):
    share = float(rng.beta(1.0, 1.0))
    cut = int(SIDE * (1 - share) ** 0.5)
    top, left = rng.integers(0, SIDE - cut + 1, 2)
    other = torch.randperm(len(x))
    mixed = x.clone()
    mixed[:, :, top : top + cut, left : left + cut] = x[other, :, top : top + cut, left : left + cut]
    kept = 1 - cut * cut / SIDE**2
    target = kept * F.one_hot(y, 4) + (1 - kept) * F.one_hot(y[other], 4)
    return mixed, target


net = nn.Sequential(
    nn.Conv2d(1, 12, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(2),
    nn.Flatten(),
    nn.Linear(96, 4),
)
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
x, y = cloth(1000)
x_test, y_test = cloth(400)
for epoch in range(12):
    net.train()
    losses, hits = [], 0
    for idx in torch.randperm(len(x)).split(40):
        mixed, target = cutmix(x[idx], y[idx])
        logits = net(mixed)
        loss = F.cross_entropy(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        hits += (logits.argmax(1) == target.argmax(1)).sum().item()
    print(f"epoch {epoch + 1}: {np.mean(losses):.3f}, on mixed pictures {hits / len(x):.3f}")
net.eval()
with torch.no_grad():
    print("metric:", (net(x_test).argmax(1) == y_test).float().mean().item())
