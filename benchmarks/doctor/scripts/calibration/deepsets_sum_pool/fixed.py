"""Permutation-invariant regression: from a cloud of points to its spread (DeepSets)."""
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    set_size: int = 120
    width: int = 32
    lr: float = 0.05
    epochs: int = 24
    batch_size: int = 50
    seed: int = 21


class DeepSets(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.squeeze = nn.Linear(width, width)
        self.pool_act = nn.Tanh()
        self.rho = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, points):
        pooled = self.phi(points).mean(dim=1)
        return self.rho(self.pool_act(self.squeeze(pooled))).squeeze(-1)


def clouds(n, size):
    spread = torch.rand(n, 1, 2) * 1.5 + 0.3
    tilt = torch.rand(n, 1, 1) * 1.6 - 0.8
    z = torch.randn(n, size, 2)
    first = z[..., :1]
    second = tilt * z[..., :1] + (1 - tilt ** 2).sqrt() * z[..., 1:]
    points = torch.cat([first, second], -1) * spread
    target = spread[:, 0, 0] * spread[:, 0, 1] + tilt[:, 0, 0]
    return points, target


def main(cfg=Config()):
    torch.manual_seed(cfg.seed)
    x, y = clouds(1200, cfg.set_size)
    mean, std = y[:1000].mean(), y[:1000].std()
    target = (y - mean) / std
    loader = DataLoader(TensorDataset(x[:1000], target[:1000]), batch_size=cfg.batch_size, shuffle=True)
    model = DeepSets(cfg.width)
    optimizer = torch.optim.SGD(model.parameters(), lr=cfg.lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, cfg.epochs)
    criterion = nn.MSELoss()
    for epoch in range(cfg.epochs):
        model.train()
        running = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(xb)
        schedule.step()
        if epoch % 4 == 3:
            print(f'[{epoch + 1}/{cfg.epochs}] loss={running / 1000:.4f}')
    model.eval()
    with torch.no_grad():
        residual = model(x[1000:]) - target[1000:]
    print('metric:', 1 - residual.pow(2).mean().item() / target[1000:].var().item())


if __name__ == '__main__':
    main()
