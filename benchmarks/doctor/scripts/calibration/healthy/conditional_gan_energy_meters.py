# Conditional GAN: daily load curves of four kinds of customers (24 hours), hinge loss, two time-scale rates,
# generator weights averaged for sampling. The losses do not go down, and should not.
import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm

torch.manual_seed(7)
HOURS = torch.arange(24.0)


def bump(mid, width):
    return torch.exp(-((HOURS - mid) ** 2) / (2 * width**2))


SHAPES = torch.stack([
    bump(7.5, 1.5) + 1.4 * bump(19, 2.2),  # home
    1.3 * bump(12.5, 4.5),  # office
    0.6 + 0.5 * torch.cos((HOURS - 2) / 24 * 2 * math.pi),  # night storage
    1.1 * bump(21, 3.0) + 0.5 * bump(12, 1.5),  # restaurant
])  # fmt: skip


def real(n):
    kind = torch.randint(0, 4, (n,))
    level = 1 + 0.2 * torch.randn(n, 1)
    return (SHAPES[kind] * level + 0.08 * torch.randn(n, 24) - 0.5) / 0.45, kind


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.kind = nn.Embedding(4, 8)
        self.net = nn.Sequential(
            nn.Linear(16, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 24)
        )

    def forward(self, kind):
        return self.net(torch.cat([torch.randn(len(kind), 8), self.kind(kind)], 1))


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            spectral_norm(nn.Linear(24, 64)), nn.LeakyReLU(0.2), spectral_norm(nn.Linear(64, 64)), nn.LeakyReLU(0.2)
        )
        self.score = spectral_norm(nn.Linear(64, 1))
        self.kind = nn.Embedding(4, 64)
        nn.init.normal_(self.kind.weight, std=0.1)

    def forward(self, x, kind):
        h = self.body(x)
        return self.score(h).squeeze(1) + (self.kind(kind) * h).sum(1)


G, D = Generator(), Critic()
average = copy.deepcopy(G).requires_grad_(False)
opt_g = torch.optim.Adam(G.parameters(), lr=5e-4, betas=(0.5, 0.99))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.99))
for step in range(500):
    x, k = real(64)
    with torch.no_grad():
        made = G(k)
    loss_d = F.relu(1 - D(x, k)).mean() + F.relu(1 + D(made, k)).mean()
    opt_d.zero_grad()
    loss_d.backward()
    opt_d.step()

    D.requires_grad_(False)
    k = torch.randint(0, 4, (64,))
    loss_g = -D(G(k), k).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    D.requires_grad_(True)
    with torch.no_grad():
        for a, p in zip(average.parameters(), G.parameters()):
            a.lerp_(p, 0.02)
    if step % 100 == 99:
        print(f"step {step + 1} critic {loss_d.item():.3f} generator {loss_g.item():.3f}")

with torch.no_grad():
    kind = torch.arange(4).repeat_interleave(250)
    curves = average(kind) * 0.45 + 0.5
    means = curves.view(4, 250, 24).mean(1)
    spread = curves.view(4, 250, 24).std(1).mean().item()
left = (means - SHAPES).square().mean() / (SHAPES - SHAPES.mean(0)).square().mean()
print(f"spread of the curves {spread:.3f}")
print("metric:", 1 - left.item())
