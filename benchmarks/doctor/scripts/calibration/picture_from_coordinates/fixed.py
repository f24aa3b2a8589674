"""Fit a picture with a coordinate network (x, y) -> grey value, and ask it for the pixels it has not seen."""

import math

import numpy as np
import torch
from torch import nn

torch.manual_seed(1)
rng = np.random.default_rng(1)
SIZE = 56


def picture():
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE * 2 - 1
    im = 0.5 + 0.3 * np.sin(12 * u + 2 * np.cos(4 * v)) * np.exp(-(u**2))
    im += 0.25 * np.cos(17 * np.hypot(u - 0.3, v + 0.2))
    for _ in range(5):
        cx, cy, r = rng.uniform(-0.8, 0.8, 3)
        im += 0.3 * np.tanh(8 * (0.15 + 0.15 * abs(r) - np.hypot(u - cx, v - cy)))
    return im


class FourierFeatures(nn.Module):
    """sin and cos of each coordinate at a ladder of frequencies (half octaves, from pi/2 on)."""

    def __init__(self, n_freqs):
        super().__init__()
        self.register_buffer("freqs", math.pi / 2 * 2 ** (0.5 * torch.arange(n_freqs)))
        self.n_out = 2 * 2 * n_freqs

    def forward(self, xy):
        phase = (xy.unsqueeze(-1) * self.freqs).flatten(1)
        return torch.cat([phase.sin(), phase.cos()], dim=1)


class Field(nn.Module):
    def __init__(self, n_freqs, width=64):
        super().__init__()
        self.encode = FourierFeatures(n_freqs)
        self.mlp = nn.Sequential(
            nn.Linear(self.encode.n_out, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
        )

    def forward(self, xy):
        return self.mlp(self.encode(xy)).squeeze(1)


grey = torch.tensor(picture(), dtype=torch.float32).flatten()
grid = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, SIZE)] * 2, indexing="ij"), -1).view(-1, 2)
mask = torch.rand(len(grey)) < 0.7
xy, target = grid[mask], grey[mask]
mu, sd = target.mean(), target.std()
target = (target - mu) / sd
xy_new, target_new = grid[~mask], (grey[~mask] - mu) / sd

field = Field(n_freqs=6)
opt = torch.optim.Adam(field.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 700)
for step in range(700):
    pick = torch.randint(0, len(xy), (256,))
    loss = (field(xy[pick]) - target[pick]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 100 == 99:
        print(f"step {step + 1}: mse {loss.item():.4f}  psnr-like {-10 * math.log10(loss.item()):.1f} dB")

with torch.no_grad():
    err = (field(xy_new) - target_new).square().mean()
print("metric:", (1 - err / target_new.var()).item())
