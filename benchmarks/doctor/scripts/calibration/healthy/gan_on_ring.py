import math
import torch
import torch.nn as nn

torch.manual_seed(0)


def real_batch(n):
    a = torch.rand(n) * 2 * math.pi
    return torch.stack([a.cos(), a.sin()], 1) + 0.05 * torch.randn(n, 2)


G = nn.Sequential(nn.Linear(8, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 2))
D = nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)
for step in range(600):
    fake = G(torch.randn(64, 8))
    # D
    opt_d.zero_grad()
    loss_d = bce(D(real_batch(64)), ones) + bce(D(fake.detach()), zeros)
    loss_d.backward()
    opt_d.step()
    # G
    opt_g.zero_grad()
    loss_g = bce(D(fake), ones)
    loss_g.backward()
    opt_g.step()
    if step % 100 == 0:
        print(f"{step} d {loss_d.item():.3f} g {loss_g.item():.3f}")
with torch.no_grad():
    r = G(torch.randn(1000, 8)).norm(dim=1)
print("metric:", 1 - (r - 1).abs().mean().item())
