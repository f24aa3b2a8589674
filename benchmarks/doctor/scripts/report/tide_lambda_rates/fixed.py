"""Water level three hours ahead from level, wind and pressure of the last twelve hours."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

cfg = {"lr": 0.02, "epochs": 20, "batch": 100, "hidden": 48, "seed": 13}


def harbour(hours, rng):
    t = np.arange(hours)
    tide = (
        1.4 * np.cos(2 * np.pi * t / 12.42)
        + 0.4 * np.cos(2 * np.pi * t / 12.0 + 1)
        + 0.2 * np.cos(2 * np.pi * t / 25.8)
    )
    wind, pressure = np.zeros(hours), np.zeros(hours)
    for i in range(1, hours):
        wind[i] = 0.95 * wind[i - 1] + rng.normal(0, 1.2)
        pressure[i] = 0.98 * pressure[i - 1] + rng.normal(0, 0.8)
    surge = np.convolve(np.maximum(wind, 0) ** 2 / 60, np.ones(6) / 6)[:hours] - 0.03 * pressure
    level = tide + surge + rng.normal(0, 0.05, hours)
    return np.stack([level, wind, pressure], 1).astype(np.float32)


class Trainer:
    def __init__(self, model, optimizer, scheduler, loss_fn):
        self.model, self.optimizer, self.scheduler, self.loss_fn = model, optimizer, scheduler, loss_fn

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            self.model.train()
            losses = []
            for x, y in loader:
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            self.scheduler.step()
            print(f"epoch {epoch + 1:02d} loss {np.mean(losses):.4f}")

    def r2(self, x, y):
        self.model.eval()
        with torch.no_grad():
            return 1 - (self.loss_fn(self.model(x), y) / y.var()).item()


torch.manual_seed(cfg["seed"])
rows = harbour(4000, np.random.default_rng(cfg["seed"]))
mean, std = rows[:3000].mean(0), rows[:3000].std(0)
rows = torch.from_numpy((rows - mean) / std)
past = rows.unfold(0, 12, 1)[:-3].flatten(1)
future = rows[14:, :1]
train = TensorDataset(past[:2985], future[:2985])
model = nn.Sequential(
    nn.Linear(36, cfg["hidden"]),
    nn.Tanh(),
    nn.Linear(cfg["hidden"], cfg["hidden"]),
    nn.Tanh(),
    nn.Linear(cfg["hidden"], 1),
)
optimizer = torch.optim.SGD(model.parameters(), lr=cfg["lr"], momentum=0.9)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.9**epoch)
trainer = Trainer(model, optimizer, scheduler, nn.MSELoss())
trainer.fit(DataLoader(train, batch_size=cfg["batch"], shuffle=True), cfg["epochs"])
print("metric:", trainer.r2(past[3000:], future[3000:]))
