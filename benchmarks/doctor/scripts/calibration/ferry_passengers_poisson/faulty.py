"""Passengers per ferry crossing: a small network for the rate, Poisson likelihood."""
import math

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(33)


def crossings(n):
    hour = torch.rand(n) * 16 + 6
    weekend = (torch.rand(n) < 0.3).float()
    rain = (torch.rand(n) < 0.35).float() * torch.rand(n)
    temperature = 14 + 8 * torch.randn(n)
    rush = torch.exp(-((hour - 8) ** 2) / 3) + torch.exp(-((hour - 17.5) ** 2) / 4)
    rate = 1.5 + 9 * rush * (1 - weekend) + 7 * weekend * torch.exp(-((hour - 14) ** 2) / 14)
    rate = rate * (1 - 0.6 * rain) * torch.sigmoid((temperature + 2) / 6)
    x = torch.stack([
        torch.sin(2 * math.pi * hour / 24), torch.cos(2 * math.pi * hour / 24), torch.sin(4 * math.pi * hour / 24),
        torch.cos(4 * math.pi * hour / 24), weekend - 0.3, 2 * rain - 0.35, (temperature - 14) / 8,
    ], dim=1)
    return x, torch.poisson(rate), rate


class RateNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(7, 40)
        self.fc2 = nn.Linear(40, 40)
        self.rate = nn.Linear(40, 1)

    def forward(self, x):
        x = F.gelu(self.fc1(x))
        x = F.gelu(self.fc2(x))
        return F.softplus(self.rate(x)).squeeze(-1)


def train_one_epoch(model, x, y, criterion, optimizer, batch_size=50):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(x)).split(batch_size):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(x[idx]), y[idx])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    return total / len(x)


@torch.no_grad()
def r_squared(model, x, truth):
    model.eval()
    return (1 - (model(x) - truth).square().mean() / truth.var()).item()


x_train, y_train, _ = crossings(2500)
x_test, y_test, rate_test = crossings(800)
model = RateNet()
criterion = nn.PoissonNLLLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 14)
for epoch in range(14):
    nll = train_one_epoch(model, x_train, y_train, criterion, optimizer)
    scheduler.step()
    print(f"epoch {epoch + 1:2d}: nll {nll:.4f}")

# the simulator knows the true rate, so counts' own noise is left out of the score
print("metric:", r_squared(model, x_test, rate_test))
