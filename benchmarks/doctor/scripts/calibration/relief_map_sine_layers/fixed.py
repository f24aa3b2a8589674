import argparse
import math

import numpy as np
import torch
from torch import nn

parser = argparse.ArgumentParser(description="coordinate network: fill in the missing pixels of a relief map")
parser.add_argument("--omega", type=float, default=12.0)
parser.add_argument("--width", type=int, default=48)
parser.add_argument("--steps", type=int, default=400)
parser.add_argument("--lr", type=float, default=1e-3)
args = parser.parse_args([])
torch.manual_seed(11)
np.random.seed(11)


class SineLayer(nn.Module):
    def __init__(self, n_in, n_out, omega, first=False):
        super().__init__()
        self.omega = omega
        self.linear = nn.Linear(n_in, n_out)
        if first:
            bound = 1 / n_in
        else:
            bound = math.sqrt(6 / n_in) / omega
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x):
        return torch.sin(self.omega * self.linear(x))


class Siren(nn.Module):
    def __init__(self, width, omega):
        super().__init__()
        self.net = nn.Sequential(
            SineLayer(2, width, omega, first=True),
            SineLayer(width, width, omega),
            SineLayer(width, width, omega),
            nn.Linear(width, 1),
        )
        bound = math.sqrt(6 / width) / omega
        nn.init.uniform_(self.net[-1].weight, -bound, bound)

    def forward(self, xy):
        return self.net(xy)[:, 0]


side = 40
axis = np.linspace(-1, 1, side)
gx, gy = np.meshgrid(axis, axis)
relief = np.zeros_like(gx)
for _ in range(9):
    cx, cy = np.random.uniform(-0.9, 0.9, 2)
    relief += np.random.uniform(-1, 1) * np.exp(-((gx - cx) ** 2 + (gy - cy) ** 2) / 0.06)
relief += 0.3 * np.sin(5 * gx + 3 * gy)
relief = (relief - relief.mean()) / relief.std()
xy = torch.tensor(np.stack([gx.ravel(), gy.ravel()], 1), dtype=torch.float32)
v = torch.tensor(relief.ravel(), dtype=torch.float32)
keep = torch.rand(len(v)) < 0.7
xy_seen, v_seen, xy_gap, v_gap = xy[keep], v[keep], xy[~keep], v[~keep]

model = Siren(args.width, args.omega)
opt = torch.optim.Adam(model.parameters(), lr=args.lr)
for step in range(args.steps):
    pick = torch.randint(len(v_seen), (512,))
    loss = (model(xy_seen[pick]) - v_seen[pick]).square().mean()
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    if step % 100 == 0:
        print(f"{step:4d} {loss.item():.5f}")
with torch.inference_mode():
    r2 = 1 - (model(xy_gap) - v_gap).square().mean() / v_gap.var()
print(f"metric: {r2.item():.4f}")
