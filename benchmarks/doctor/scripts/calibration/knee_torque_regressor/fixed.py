"""Knee torque (in units of ten newton metres, never beyond 3.5) from two inertial sensors on the leg."""
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

LIMIT = 4.0


class TorqueNet(nn.Module):
    def __init__(self, n_inputs, hidden=48, limit=1.0):
        super().__init__()
        self.limit = limit
        self.features = nn.Sequential(nn.Linear(n_inputs, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU())
        self.torque = nn.Linear(hidden, 1)

    def forward(self, sensors):
        raw = self.torque(self.features(sensors)).squeeze(-1)
        return self.limit * torch.tanh(raw / self.limit)


def strides(n, generator):
    phase = torch.rand(n, generator=generator) * 6.2832
    speed = 0.7 + 0.8 * torch.rand(n, generator=generator)
    slope = torch.randn(n, generator=generator) * 0.5
    torque = 2.1 * torch.sin(phase) * speed + 0.5 * torch.cos(2 * phase) + 0.3 * slope
    torque = torque.clamp(-3.5, 3.5) + 0.1 * torch.randn(n, generator=generator)
    sensors = torch.stack([torch.sin(phase), torch.cos(phase), speed, slope, torch.sin(phase + 0.4) * speed, speed * slope], 1)
    return sensors + 0.03 * torch.randn(n, 6, generator=generator), torque


class Trainer:
    def __init__(self, model, loader, epochs):
        self.model, self.loader, self.epochs = model, loader, epochs
        self.optimizer = optim.Adam(model.parameters(), lr=3e-3)
        self.scheduler = optim.lr_scheduler.ExponentialLR(self.optimizer, gamma=0.9)
        self.log = []

    def fit(self):
        for _ in range(self.epochs):
            losses = []
            for sensors, torque in self.loader:
                self.optimizer.zero_grad()
                loss = nn.functional.smooth_l1_loss(self.model(sensors), torque)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.detach())
            self.scheduler.step()
            self.log.append(torch.stack(losses).mean().item())
        return self


torch.manual_seed(40)
g = torch.Generator().manual_seed(41)
x, y = strides(1600, g)
mean, std = x[:1200].mean(0), x[:1200].std(0)
x = (x - mean) / std
loader = DataLoader(TensorDataset(x[:1200], y[:1200]), batch_size=40, shuffle=True)
trainer = Trainer(TorqueNet(n_inputs=6, limit=LIMIT), loader, epochs=20).fit()
print("train loss by epoch:", [round(v, 4) for v in trainer.log])
with torch.no_grad():
    error = trainer.model(x[1200:]) - y[1200:]
print("metric:", 1 - (error.square().mean() / y[1200:].var()).item())
