# %% segmentation of small blobs: 3 % of the pixels, Dice + BCE, a small U with one skip
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(33)
rng = np.random.default_rng(33)


def scene(n, size=24):
    v, u = np.mgrid[:size, :size]
    x, m = rng.normal(0, 0.3, (n, size, size)), np.zeros((n, size, size))
    for i in range(n):
        x[i] += 0.5 * np.sin(0.3 * u * rng.uniform(0.5, 1) + rng.uniform(0, 6))
        for _ in range(rng.integers(1, 3)):
            cy, cx, r = rng.uniform(4, 20), rng.uniform(4, 20), rng.uniform(1.6, 2.6)
            m[i] = np.maximum(m[i], np.hypot(v - cy, u - cx) < r)
        x[i] += 1.5 * m[i]
    x, m = torch.tensor(x, dtype=torch.float32)[:, None], torch.tensor(m, dtype=torch.float32)[:, None]
    return (x - 0.06) / 0.53, m


class SmallU(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.InstanceNorm2d(12, affine=True), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(12, 16, 3, padding=1), nn.InstanceNorm2d(16, affine=True), nn.ReLU())
        self.c = nn.Conv2d(28, 1, 3, padding=1)

    def forward(self, x):
        a = self.a(x)
        b = F.interpolate(self.b(F.max_pool2d(a, 2)), scale_factor=2, mode="bilinear", align_corners=False)
        return self.c(torch.cat([a, b], 1))


def soft_dice(p, m):
    return 1 - (2 * (p * m).sum() + 1) / (p.sum() + m.sum() + 1)


# %%
x, m = scene(300)
xt, mt = scene(100)
print("share of blob pixels", m.mean().item())
net = SmallU()
opt = torch.optim.AdamW(net.parameters(), lr=5e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=1e-2, total_steps=8 * 25)
for epoch in range(8):
    net.train()
    total = 0
    for i in torch.randperm(300).split(12):
        out = net(x[i])
        loss = soft_dice(out.sigmoid(), m[i]) + F.binary_cross_entropy_with_logits(out, m[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        total += loss.item() / 25
    print(epoch, round(total, 4))

# %%
net.eval()
with torch.no_grad():
    p = (net(xt) > 0).float()
print("metric:", (2 * (p * mt).sum() / (p.sum() + mt.sum())).item())
