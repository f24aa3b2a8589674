from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    lr: float = 0.03
    momentum: float = 0.9
    l2: float = 1e-2
    epochs: int = 20
    batch_size: int = 40
    hidden: int = 64
    seed: int = 29


class FuelModel(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.sensors = nn.Linear(8, hidden)
        self.core = nn.Linear(hidden, hidden)
        self.consumption = nn.Linear(hidden, 1)

    def forward(self, x):
        x = torch.relu(self.sensors(x))
        x = torch.relu(self.core(x))
        return self.consumption(x).squeeze(-1)

    def weight_norm_sq(self):
        return sum(layer.weight.pow(2).sum() for layer in (self.sensors, self.core, self.consumption))


class Engine:
    def __init__(self, model, cfg):
        self.model, self.cfg = model, cfg
        self.opt = torch.optim.SGD(model.parameters(), lr=cfg.lr, momentum=cfg.momentum)

    def objective(self, x, y):
        fit = nn.functional.mse_loss(self.model(x), y)
        return fit - 0.5 * self.cfg.l2 * self.model.weight_norm_sq(), fit

    def train(self, loader):
        for epoch in range(self.cfg.epochs):
            self.model.train()
            total = 0.0
            for x, y in loader:
                loss, fit = self.objective(x, y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                total += fit.item()
            if epoch % 2 == 1:
                print(f'epoch {epoch + 1} fit {total / len(loader):.4f} |w|^2 {self.model.weight_norm_sq().item():.1f}')

    @torch.no_grad()
    def r2(self, x, y):
        self.model.eval()
        return 1 - nn.functional.mse_loss(self.model(x), y).item() / y.var().item()


cfg = Config()
torch.manual_seed(cfg.seed)
x = torch.randn(1700, 8)
y = x[:, 0] * x[:, 1] + torch.sin(2 * x[:, 2]) + 0.5 * x[:, 3] - 0.3 * x[:, 4] + 0.2 * torch.randn(1700)
mean, std = y[:1200].mean(), y[:1200].std()
y = (y - mean) / std
engine = Engine(FuelModel(cfg.hidden), cfg)
engine.train(DataLoader(TensorDataset(x[:1200], y[:1200]), batch_size=cfg.batch_size, shuffle=True))
print('metric:', engine.r2(x[1200:], y[1200:]))
