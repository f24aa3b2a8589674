from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Settings:
    width: int = 64
    layers: int = 3
    drop: float = 0.08
    rate: float = 3e-3
    epochs: int = 24
    batch: int = 40
    seed: int = 55


class Layer(nn.Module):
    def __init__(self, n_in, n_out, drop):
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)
        self.act = nn.ELU()
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        return self.drop(self.act(self.linear(x)))


class GainNet(nn.Module):
    """Gain of an antenna from eight lengths of its design."""

    def __init__(self, n_in, s):
        super().__init__()
        sizes = [n_in] + [s.width] * s.layers
        self.body = nn.Sequential(*(Layer(a, b, s.drop) for a, b in zip(sizes, sizes[1:])))
        self.gain = nn.Linear(s.width, 1)

    def forward(self, x):
        return self.gain(self.body(x))[:, 0]


def simulate(n):
    d = torch.rand(n, 8) * 2 - 1
    gain = d[:, 0] + d[:, 1] * d[:, 2] + 0.7 * torch.sin(2 * d[:, 3]) - 0.5 * d[:, 4].abs() + 0.2 * d[:, 5]
    return d / 0.577, gain + 0.05 * torch.randn(n)


s = Settings()
torch.manual_seed(s.seed)
x, y = simulate(1600)
x_new, y_new = simulate(400)
centre, spread = y.mean(), y.std()
model = GainNet(8, s)
optimizer = torch.optim.Adam(model.parameters(), lr=s.rate)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, s.epochs)
for epoch in range(s.epochs):
    model.train()
    total = 0.0
    for rows in torch.randperm(len(x)).split(s.batch):
        loss = (model(x[rows]) - (y[rows] - centre) / spread).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows) / len(x)
    scheduler.step()
    if epoch % 6 == 5:
        print(f"epoch {epoch + 1} {total:.4f}")
model.eval()
with torch.no_grad():
    gain = model(x_new) * spread + centre
print("metric:", 1 - ((gain - y_new).pow(2).mean() / y_new.var()).item())
