from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Settings:
    seed: int = 12
    epochs: int = 1
    batch_size: int = 60
    lr: float = 0.02
    momentum: float = 0.9


def heartbeats(n, rng):
    """Five kinds of pulse in 64 samples, at a random place, with noise."""
    t = np.arange(64)
    x = np.zeros((n, 1, 64), dtype=np.float32)
    y = rng.integers(0, 5, n)
    for i, kind in enumerate(y):
        c, w = rng.uniform(20, 44), rng.uniform(3, 5)
        g = np.exp(-((t - c) ** 2) / (2 * w * w))
        x[i, 0] = [g, -g, g * np.sin((t - c) / 1.5), g - np.exp(-((t - c - 9) ** 2) / (2 * w * w)),
                   g + np.exp(-((t - c - 14) ** 2) / (2 * w * w))][kind]
    return torch.from_numpy(x * 2 + 0.3 * rng.standard_normal(x.shape).astype(np.float32)), torch.from_numpy(y)


class PulseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 12, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(12, 24, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(24 * 16, 32), nn.ReLU(), nn.Linear(32, 5))

    def forward(self, x):
        return self.head(self.features(x))


class Trainer:
    def __init__(self, cfg, model):
        self.cfg, self.model = cfg, model
        self.loss = nn.CrossEntropyLoss()
        self.opt = torch.optim.SGD(model.parameters(), lr=cfg.lr, momentum=cfg.momentum)
        self.log = []

    def fit(self, loader):
        for epoch in range(self.cfg.epochs):
            self.model.train()
            running = 0.0
            for x, y in loader:
                self.opt.zero_grad()
                loss = self.loss(self.model(x), y)
                loss.backward()
                self.opt.step()
                running += loss.item()
            self.log.append(running / len(loader))

    @torch.no_grad()
    def score(self, x, y):
        self.model.eval()
        return (self.model(x).argmax(1) == y).float().mean().item()


if __name__ == "__main__":
    cfg = Settings()
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    x, y = heartbeats(1200, rng)
    trainer = Trainer(cfg, PulseNet())
    trainer.fit(DataLoader(TensorDataset(x, y), batch_size=cfg.batch_size, shuffle=True))
    print("losses", [round(v, 3) for v in trainer.log[::5]])
    print("metric:", trainer.score(*heartbeats(500, rng)))
