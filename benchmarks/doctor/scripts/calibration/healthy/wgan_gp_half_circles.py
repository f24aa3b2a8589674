"""WGAN-GP on two moons. The critic's loss is no classification loss: it is negative and of no fixed scale."""
import copy
import math

import torch
from torch import nn, autograd

torch.manual_seed(0)
upper = torch.rand(4000, 1) < 0.5
ang = math.pi * torch.rand(4000, 1)
real_all = torch.where(upper, torch.cat([ang.cos(), ang.sin()], 1), torch.cat([1 - ang.cos(), 0.5 - ang.sin()], 1))
real_all = real_all + 0.05 * torch.randn(4000, 2)
mu, sd = real_all[:3000].mean(0), real_all[:3000].std(0)
real_all = (real_all - mu) / sd
train, held_out = real_all[:3000], real_all[3000:]


def mlp(i, o):
    return nn.Sequential(nn.Linear(i, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2), nn.Linear(48, o))


G, C = mlp(4, 2), mlp(2, 1)
opt_g = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.9))
opt_c = torch.optim.Adam(C.parameters(), lr=2e-3, betas=(0.5, 0.9))
B = 64
G_avg = copy.deepcopy(G).requires_grad_(False)


def penalty(a, b):
    eps = torch.rand(len(a), 1)
    mid = (eps * a + (1 - eps) * b).requires_grad_(True)
    grad, = autograd.grad(C(mid).sum(), mid, create_graph=True)
    return ((grad.norm(dim=1) - 1) ** 2).mean()


def sliced_distance(a, b, n=64):
    g = torch.Generator().manual_seed(5)
    d = torch.randn(2, n, generator=g)
    d = d / d.norm(dim=0)
    return ((a @ d).sort(0).values - (b @ d).sort(0).values).abs().mean()


for it in range(350):
    for _ in range(3):
        x = train[torch.randint(len(train), (B,))]
        fake = G(torch.randn(B, 4)).detach()
        loss_c = C(fake).mean() - C(x).mean() + 1.0 * penalty(x, fake)
        opt_c.zero_grad()
        loss_c.backward()
        opt_c.step()
    loss_g = -C(G(torch.randn(B, 4))).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    with torch.no_grad():
        for a, b in zip(G_avg.parameters(), G.parameters()):
            a.lerp_(b, 0.02)
    if it % 50 == 49:
        print(f'it {it + 1} critic {loss_c.item():.3f} generator {loss_g.item():.3f}')

with torch.no_grad():
    made = G_avg(torch.randn(1000, 4))
    dist = sliced_distance(made, held_out)
    ref = sliced_distance(torch.zeros_like(held_out), held_out)
print('metric:', 1 - (dist / ref).item())
