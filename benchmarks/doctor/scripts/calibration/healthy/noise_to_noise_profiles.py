"""Noise2Noise: a denoiser that never sees a clean signal. Its loss stops at the variance of the noise, far from nought."""

import torch
from torch import nn

g = torch.Generator().manual_seed(30)
torch.manual_seed(30)
t = torch.linspace(0, 1, 64)


def clean(n):
    a = torch.rand(n, 3, 1, generator=g)
    peaks = torch.exp(-((t - 0.15 - 0.7 * a) ** 2) / 0.004) * torch.rand(n, 3, 1, generator=g)
    return (peaks.sum(1) - 0.25) / 0.3


def noisy(x):
    return x + 0.8 * torch.randn(x.shape, generator=g)


signals, held_out = clean(900), clean(300)
first, second = noisy(signals), noisy(signals)  # two measurements of the same thing
probe = noisy(held_out)

net = nn.Sequential(
    nn.Conv1d(1, 24, 7, padding=3), nn.SiLU(),
    nn.Conv1d(24, 24, 7, padding=3), nn.SiLU(),
    nn.Conv1d(24, 1, 7, padding=3),
)  # fmt: skip
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 12)
for epoch in range(12):
    total = 0.0
    for i in torch.randperm(900, generator=g).split(30):
        swap = torch.rand(len(i), 1, generator=g) < 0.5
        a, b = torch.where(swap, first[i], second[i]), torch.where(swap, second[i], first[i])
        loss = nn.functional.mse_loss(net(a.unsqueeze(1)).squeeze(1), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() / 30
    sched.step()
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1}: {total:.4f} (the noise alone is {0.8**2:.4f})")
with torch.no_grad():
    left = (net(probe.unsqueeze(1)).squeeze(1) - held_out).square().mean()
print("metric:", 1 - (left / held_out.var()).item())
