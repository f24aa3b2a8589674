"""A GAN with hinge loss learns a tilted cloud of points; the two losses are not meant to fall."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(33)


def real(n):
    u = torch.randn(n, 2)
    return torch.stack([1.0 * u[:, 0], 0.6 * u[:, 0] + 0.4 * u[:, 1]], 1) + torch.tensor([0.5, -0.3])


def mlp(n_in, n_out):
    return nn.Sequential(
        nn.Linear(n_in, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2), nn.Linear(48, n_out)
    )


G, D = mlp(4, 2), mlp(2, 1)
opt_g = torch.optim.Adam(G.parameters(), lr=5e-4, betas=(0.5, 0.9))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.9))
mean_g = [p.detach().clone() for p in G.parameters()]
for step in range(900):
    x = real(128)
    fake = G(torch.randn(128, 4))
    loss_d = F.relu(1 - D(x)).mean() + F.relu(1 + D(fake.detach())).mean()
    opt_d.zero_grad()
    loss_d.backward()
    opt_d.step()

    loss_g = -D(G(torch.randn(128, 4))).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    with torch.no_grad():
        for m, p in zip(mean_g, G.parameters(), strict=True):
            m.lerp_(p, 0.02)
    if step % 100 == 99:
        print(f"{step + 1:4d}  D {loss_d.item():.3f}  G {loss_g.item():.3f}")

with torch.no_grad():
    for m, p in zip(mean_g, G.parameters(), strict=True):
        p.copy_(m)
    fake, x = G(torch.randn(4000, 4)), real(4000)
    off = (fake.mean(0) - x.mean(0)).abs().mean() + (fake.T.cov() - x.T.cov()).abs().mean()
print(f"metric: {1 - off.item():.4f}")
