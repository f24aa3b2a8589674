"""Physics-informed net: x'' + 0.4 x' + 4 x = 0, x(0) = 1, x'(0) = 0 on [0, 5]. No data, only the equation.

The initial conditions are built into the ansatz; Adam first, then L-BFGS to polish.
"""
import math

import torch
from torch import nn

torch.manual_seed(8)
C, K, T = 0.4, 4.0, 5.0


class Trial(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, t):
        return 1.0 + (t / T) ** 2 * self.net(2 * t / T - 1)


def residual(model, t):
    t = t.requires_grad_()
    x = model(t)
    dx, = torch.autograd.grad(x.sum(), t, create_graph=True)
    ddx, = torch.autograd.grad(dx.sum(), t, create_graph=True)
    return ddx + C * dx + K * x


def exact(t):
    w = math.sqrt(K - C * C / 4)
    return torch.exp(-C * t / 2) * (torch.cos(w * t) + C / (2 * w) * torch.sin(w * t))


model = Trial()
adam = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(300):
    t = T * torch.rand(64, 1)
    loss = residual(model, t).square().mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
    if step % 50 == 0:
        print("adam", step, loss.item())

grid = torch.linspace(0, T, 100).unsqueeze(1)
lbfgs = torch.optim.LBFGS(model.parameters(), lr=1.0, max_iter=20, history_size=20, line_search_fn="strong_wolfe")


def closure():
    lbfgs.zero_grad()
    value = residual(model, grid.clone()).square().mean()
    value.backward()
    return value


for step in range(15):
    print("lbfgs", step, lbfgs.step(closure).item())

with torch.no_grad():
    t = torch.linspace(0, T, 333).unsqueeze(1)
    err = (model(t) - exact(t)).square().mean() / exact(t).var()
print("metric:", (1 - err).item())
