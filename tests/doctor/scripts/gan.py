"""A GAN on two-dimensional points: two models, two optimizers, generated points used before and after a step."""

# ruff: noqa: N816 - named as in the tutorials
import hashlib
import math

import torch
from torch import nn, optim

torch.manual_seed(0)
latent = 8
G = nn.Sequential(nn.Linear(latent, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 2))
D = nn.Sequential(
    nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Dropout(0.1), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
)
optimizerG = optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
optimizerD = optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()


def real_points(rows):
    angle = 2 * math.pi * torch.rand(rows, 1)
    return torch.cat([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(rows, 2)


for step in range(120):
    D.zero_grad()
    real = real_points(64)
    errD_real = criterion(D(real), torch.ones(64, 1))
    errD_real.backward()
    fake = G(torch.randn(64, latent))
    errD_fake = criterion(D(fake.detach()), torch.zeros(64, 1))
    errD_fake.backward()
    optimizerD.step()
    G.zero_grad()
    errG = criterion(D(fake), torch.ones(64, 1))
    errG.backward()
    optimizerG.step()
    if step % 40 == 0:
        with torch.no_grad():
            radius = G(torch.randn(256, latent)).norm(dim=1).mean().item()
        print(f"{step}: D {errD_real.item() + errD_fake.item():.4f}, G {errG.item():.4f}, radius {radius:.4f}")
weights = [p.detach().numpy().tobytes() for net in (G, D) for p in net.parameters()]
print("weights", hashlib.sha256(b"".join(weights)).hexdigest())
