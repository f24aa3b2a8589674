"""Water level at the pier from wind, pressure and the hour of the tide."""

import math

import torch
from torch import nn

torch.manual_seed(54)
LOG_EVERY = 40


def hours(n):
    tide = 2 * math.pi * torch.rand(n)
    wind, pressure, flow = torch.randn(n), torch.randn(n), torch.rand(n)
    level = 1.8 * torch.cos(tide) + 0.3 * torch.cos(2 * tide + 1) + 0.4 * wind * (wind > 0) - 0.2 * pressure
    level = level + 0.5 * flow * torch.sin(tide) + 0.1 * torch.randn(n)
    x = torch.stack([tide.cos(), tide.sin(), wind, pressure, (flow - 0.5) * 3.4], dim=1)
    return x, level.unsqueeze(1)


x, y = hours(1600)
x_test, y_test = hours(400)
centre, scale = y.mean(), y.std()
y, y_test = (y - centre) / scale, (y_test - centre) / scale
net = nn.Sequential(nn.Linear(5, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
loss_fn = nn.MSELoss()

step, running = 0, 0.0
for _epoch in range(16):
    for idx in torch.randperm(len(x)).split(40):
        loss = loss_fn(net(x[idx]), y[idx])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        running += loss.item()
        if step % LOG_EVERY == 0:
            print(f"step {step}: {running / LOG_EVERY:.4f}")
            running = 0.0

with torch.no_grad():
    r2 = 1 - loss_fn(net(x_test), y_test) / y_test.var()
print(f"metric: {r2.item():.4f}")
