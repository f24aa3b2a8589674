"""A physics-informed net for u'' = -pi^2 sin(pi x), u(0) = u(1) = 0: second derivatives by autograd, no data at all."""

import itertools
import math

import torch
import torch.nn as nn
from fingerprint import fingerprint

torch.manual_seed(1234)


class PINN(nn.Module):
    def __init__(self, layers=(1, 24, 24, 24, 1)):
        super().__init__()
        self.linears = nn.ModuleList([nn.Linear(a, b) for a, b in itertools.pairwise(layers)])
        for linear in self.linears:
            nn.init.xavier_normal_(linear.weight.data, gain=1.0)
            nn.init.zeros_(linear.bias.data)
        self.activation = nn.Tanh()

    def forward(self, x):
        for linear in self.linears[:-1]:
            x = self.activation(linear(x))
        return self.linears[-1](x)


def derivative(y, x):
    return torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)[0]


model = PINN()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.995)
boundary = torch.tensor([[0.0], [1.0]])
for iteration in range(300):
    x = torch.rand(64, 1, requires_grad=True)
    u = model(x)
    u_xx = derivative(derivative(u, x), x)
    loss_pde = ((u_xx + math.pi**2 * torch.sin(math.pi * x)) ** 2).mean()
    loss_boundary = (model(boundary) ** 2).mean()
    loss = loss_pde + 50 * loss_boundary
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if iteration % 50 == 0:
        print(f"{iteration}: {loss.item():.5f}")
with torch.no_grad():
    x = torch.linspace(0, 1, 101).unsqueeze(1)
    print(f"largest error {(model(x) - torch.sin(math.pi * x)).abs().max().item():.4f}")
fingerprint(model)
