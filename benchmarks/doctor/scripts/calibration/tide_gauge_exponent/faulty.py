"""Forecast the tide four hours ahead from the last two days, by a plain deep network."""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Config:
    log2_lr: int = -2
    hidden: int = 64
    depth: int = 4
    window: int = 48
    ahead: int = 4
    batch: int = 64
    steps: int = 600
    seed: int = 21


def gauge(rng, hours=3600):
    t = np.arange(hours)
    level = 1.2 * np.sin(2 * np.pi * t / 12.42) + 0.5 * np.sin(2 * np.pi * t / 12.0 + 1) + 0.3 * np.sin(2 * np.pi * t / 23.93)
    surge = np.zeros(hours)
    for i in range(1, hours):
        surge[i] = 0.95 * surge[i - 1] + 0.04 * rng.standard_normal()
    return level + surge


class Forecaster(nn.Module):
    def __init__(self, window, hidden, depth):
        super().__init__()
        sizes = [window] + [hidden] * depth
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.out = nn.Linear(hidden, 1)

    def forward(self, h):
        for layer in self.layers:
            h = F.relu(layer(h))
        return self.out(h).squeeze(-1)


def main(cfg):
    torch.manual_seed(cfg.seed)
    level = gauge(np.random.default_rng(cfg.seed))
    cut = 2700
    level = (level - level[:cut].mean()) / level[:cut].std()
    series = torch.tensor(level, dtype=torch.float32)
    train, later = series[:cut], series[cut:]

    def windows(s):
        w = s.unfold(0, cfg.window + cfg.ahead, 1)
        return w[:, : cfg.window], w[:, -1]

    x, y = windows(train)
    x_later, y_later = windows(later)
    model = Forecaster(cfg.window, cfg.hidden, cfg.depth)
    optimizer = torch.optim.Adam(model.parameters(), lr=2.0 ** cfg.log2_lr)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=cfg.steps)
    running = None
    for step in range(1, cfg.steps + 1):
        rows = torch.randint(len(x), (cfg.batch,))
        loss = F.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
        if step % 80 == 0:
            print(f"step {step}: {running:.4f}")
    with torch.no_grad():
        return 1 - (F.mse_loss(model(x_later), y_later) / y_later.var()).item()


print("metric:", round(main(Config()), 4))
