"""Day-ahead load forecast from the last 24 hours. Small MLP, MAE because the client asked for MAE."""
import math
import random
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Cfg:
    lags: int = 24
    hidden: int = 48
    lr: float = 0.2
    momentum: float = 0.9
    batch: int = 64
    epochs: int = 14
    seed: int = 5


cfg = Cfg()
random.seed(cfg.seed)
np.random.seed(cfg.seed)
torch.manual_seed(cfg.seed)

hours = np.arange(24 * 130)
load = (900 + 220 * np.sin(2 * math.pi * (hours - 8) / 24) + 90 * np.sin(4 * math.pi * hours / 24)
        + 120 * ((hours // 24) % 7 >= 5) * -1)
shock = np.zeros(len(hours))
for i in range(1, len(hours)):
    shock[i] = 0.85 * shock[i - 1] + np.random.randn() * 28
load = load + shock

split = 24 * 100
mu, sd = load[:split].mean(), load[:split].std()
series = (load - mu) / sd


def windows(a, lo, hi):
    xs, ys = [], []
    for t in range(lo + cfg.lags, hi):
        xs.append(a[t - cfg.lags:t])
        ys.append(a[t])
    return torch.tensor(np.array(xs), dtype=torch.float32), torch.tensor(ys, dtype=torch.float32)


Xtr, ytr = windows(series, 0, split)
Xva, yva = windows(series, split, len(series))

net = nn.Sequential(nn.Linear(cfg.lags, cfg.hidden), nn.ReLU(), nn.Linear(cfg.hidden, cfg.hidden), nn.ReLU(), nn.Linear(cfg.hidden, 1))
opt = torch.optim.SGD(net.parameters(), lr=cfg.lr, momentum=cfg.momentum)
mae = nn.L1Loss()
loader = DataLoader(TensorDataset(Xtr, ytr), batch_size=cfg.batch, shuffle=True)

for epoch in range(cfg.epochs):
    net.train()
    tot = 0.0
    for xb, yb in loader:
        opt.zero_grad()
        loss = mae(net(xb).squeeze(1), yb)
        loss.backward()
        opt.step()
        tot += loss.item() * len(xb)
    net.eval()
    with torch.no_grad():
        v = mae(net(Xva).squeeze(1), yva).item()
    print(f"epoch {epoch:2d}  train MAE {tot / len(Xtr) * sd:7.2f} MW  val MAE {v * sd:7.2f} MW")

with torch.no_grad():
    p = net(Xva).squeeze(1)
r2 = 1 - ((p - yva) ** 2).sum() / ((yva - yva.mean()) ** 2).sum()
print("metric:", float(r2))
