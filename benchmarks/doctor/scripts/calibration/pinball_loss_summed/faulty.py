from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class QuantileConfig:
    quantiles: tuple = (0.1, 0.5, 0.9)
    hidden: int = 48
    lr: float = 0.2
    epochs: int = 20
    batch_size: int = 50
    seed: int = 15


class PinballLoss(nn.Module):
    def __init__(self, quantiles):
        super().__init__()
        self.register_buffer('q', torch.tensor(quantiles))

    def forward(self, forecast, target):
        error = target.unsqueeze(-1) - forecast
        return torch.maximum(self.q * error, (self.q - 1) * error).sum()


class QuantileNet(nn.Module):
    def __init__(self, n_in, cfg):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(n_in, cfg.hidden), nn.ELU(), nn.Linear(cfg.hidden, cfg.hidden), nn.ELU())
        self.quantile_head = nn.Linear(cfg.hidden, len(cfg.quantiles))

    def forward(self, x):
        return self.quantile_head(self.trunk(x))


class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg
        self.model = QuantileNet(5, cfg)
        self.loss = PinballLoss(cfg.quantiles)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=cfg.lr, momentum=0.9)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, cfg.epochs)

    def fit(self, loader):
        for epoch in range(self.cfg.epochs):
            self.model.train()
            for x, y in loader:
                self.optimizer.zero_grad()
                loss = self.loss(self.model(x), y)
                loss.backward()
                self.optimizer.step()
            self.schedule.step()
            if epoch % 4 == 0:
                print(f'epoch {epoch}: {loss.item():.4f}')

    @torch.no_grad()
    def skill(self, x, y, reference):
        self.model.eval()
        return 1 - (self.loss(self.model(x), y) / self.loss(reference.expand(len(y), -1), y)).item()


cfg = QuantileConfig()
torch.manual_seed(cfg.seed)
x = torch.rand(1600, 5) * 3.4 - 1.7
y = torch.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] * 0.6 + (0.15 + 0.15 * (x[:, 3] > 0)) * torch.randn(1600)
trainer = Trainer(cfg)
trainer.fit(DataLoader(TensorDataset(x[:1200], y[:1200]), batch_size=cfg.batch_size, shuffle=True))
print('metric:', trainer.skill(x[1200:], y[1200:], torch.quantile(y[:1200], torch.tensor(cfg.quantiles))))
