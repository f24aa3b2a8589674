"""Fine-tuning with everything frozen but the affine parameters of the batch norms and the new head.

Body: a small residual convnet, pre-trained on 16 x 16 textures. New task: other textures, at other contrast.
"""

import numpy as np
import torch
from torch import nn


def texture(k, rng):
    v, u = np.mgrid[:16, :16]
    a = np.pi * k / 8 + rng.normal(0, 0.06)
    f = rng.uniform(0.9, 1.1) * (0.9 if k % 2 else 1.5)
    wave = np.sin(f * (u * np.cos(a) + v * np.sin(a)) + rng.uniform(0, 6.28))
    return wave + rng.normal(0, 0.5, (16, 16))


def batch_of(kinds, n, seed, gain=1.0, offset=0.0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, len(kinds), n)
    x = np.stack([texture(kinds[k], rng) for k in y])[:, None]
    return torch.tensor(gain * x + offset, dtype=torch.float32), torch.tensor(y)


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)
        self.conv2, self.bn2 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(h)))


class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 16, 5, stride=2, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.res = Res(16)
        self.head = nn.Linear(16, n)

    def forward(self, x):
        return self.head(self.res(self.stem(x)).mean((2, 3)))


def fit(net, params, x, y, epochs, lr):
    opt = torch.optim.SGD(params, lr=lr, momentum=0.9)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs)
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for idx in torch.randperm(len(x)).split(40):
            loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(idx) / len(x)
        sched.step()
        print(f"  {epoch + 1}: {total:.3f}")


torch.manual_seed(0)
net = Net(4)
x, y = batch_of([0, 2, 4, 6], 600, 1)
fit(net, net.parameters(), x, y, 5, 0.1)

for p in net.parameters():
    p.requires_grad_(False)
net.head = nn.Linear(16, 4)
for m in net.modules():
    if isinstance(m, nn.BatchNorm2d):
        m.requires_grad_(True)
tuned = [p for p in net.parameters() if p.requires_grad]
print("tuned", sum(p.numel() for p in tuned), "of", sum(p.numel() for p in net.parameters()))
x, y = batch_of([1, 3, 5, 7], 600, 2, gain=0.7, offset=0.3)
xt, yt = batch_of([1, 3, 5, 7], 400, 3, gain=0.7, offset=0.3)
fit(net, tuned, x, y, 7, 0.05)
net.eval()
with torch.no_grad():
    print("metric:", (net(xt).argmax(1) == yt).float().mean().item())
