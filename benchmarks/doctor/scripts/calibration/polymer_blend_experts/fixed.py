"""Three properties of a polymer blend from its recipe: shared trunk, four experts, one gate."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn


@dataclass
class Config:
    seed: int = 31
    rows: int = 3000
    held: int = 800
    experts: int = 4
    width: int = 48
    lr: float = 0.05
    epochs: int = 25
    batch: int = 100


def mlp(sizes, last):
    layers = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), nn.ReLU()]
    layers[-1] = last
    return nn.Sequential(*layers)


class Blend(nn.Module):
    def __init__(self, cfg, n_in=9, n_out=3):
        super().__init__()
        w = cfg.width
        self.gate = mlp([n_in, 16, cfg.experts], nn.Softmax(dim=-1))
        self.trunk = mlp([n_in, w, w], nn.ReLU())
        self.experts = nn.ModuleList(mlp([w, 24, n_out], nn.Identity()) for _ in range(cfg.experts))

    def forward(self, x):
        h = self.trunk(x)
        each = torch.stack([expert(h) for expert in self.experts], dim=1)
        return (self.gate(x).unsqueeze(-1) * each).sum(1)


def lab(n):
    r = torch.randn(n, 9)
    stiff = r[:, 0] * r[:, 1] + 0.6 * r[:, 2]
    tough = torch.where(r[:, 3] > 0, r[:, 4], -r[:, 4]) + 0.5 * r[:, 5].abs()
    melt = torch.sin(1.5 * r[:, 6]) + 0.5 * r[:, 7] * r[:, 8]
    y = torch.stack([stiff, tough, melt], 1)
    return r, y + 0.1 * torch.randn_like(y)


def main(cfg):
    torch.manual_seed(cfg.seed)
    x, y = lab(cfg.rows)
    xh, yh = lab(cfg.held)
    mean, std = y.mean(0), y.std(0)
    y, yh = (y - mean) / std, (yh - mean) / std
    model = Blend(cfg)
    optimizer = torch.optim.SGD(model.parameters(), lr=cfg.lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, cfg.epochs)
    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        for rows in torch.randperm(cfg.rows).split(cfg.batch):
            loss = nn.functional.mse_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        scheduler.step()
        print(f"{epoch:02d} {total / cfg.rows:.4f}")
    model.eval()
    with torch.no_grad():
        left = (model(xh) - yh).pow(2).mean(0) / yh.var(0)
    print("R2 each:", [round(1 - v, 3) for v in left.tolist()])
    print("metric:", 1 - left.mean().item())


main(Config())
