"""Deep Ritz: the deflection of a loaded string is where the energy is least, and the energy is below nought."""
import math

import torch
from torch import nn

torch.manual_seed(2)
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))


def deflection(x):
    return x * (1 - x) * net(2 * x - 1)  # both ends are held


def energy(n):
    x = ((torch.arange(n) + torch.rand(n)) / n).unsqueeze(1).requires_grad_()
    u = deflection(x)
    (slope,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    load = math.pi**2 * torch.sin(math.pi * x)
    return (0.5 * slope**2 - load * u).mean()


optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.995)
for step in range(600):
    optimizer.zero_grad()
    loss = energy(128)
    loss.backward()
    optimizer.step()
    decay.step()
    if step % 100 == 0:
        print(step, "energy", loss.item())
x = torch.linspace(0, 1, 101).unsqueeze(1)
with torch.no_grad():
    truth = torch.sin(math.pi * x)
    print("metric:", 1 - ((deflection(x) - truth).abs().mean() / truth.mean()).item())
