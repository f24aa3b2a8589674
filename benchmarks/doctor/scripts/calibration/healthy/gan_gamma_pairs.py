"""Small GAN on two correlated positive quantities; both optimisers at beta1 = 0.5, moving average of the generator."""
import copy
import torch
from torch import nn

torch.manual_seed(13)


def real(n):
    a = torch.randn(n)
    b = 0.7 * a + 0.5 * torch.randn(n)
    return torch.stack([a, 0.8 * torch.sin(1.3 * a) + 0.5 * b], 1)


G = nn.Sequential(nn.Linear(4, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
shadow = copy.deepcopy(G)
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.99))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.99))
sp = nn.functional.softplus
for step in range(800):
    x, fake = real(128), G(torch.randn(128, 4))
    x.requires_grad_(True)
    score = D(x)
    slope, = torch.autograd.grad(score.sum(), x, create_graph=True)
    loss_d = sp(-score).mean() + sp(D(fake.detach())).mean() + 0.05 * slope.pow(2).sum(1).mean()
    opt_d.zero_grad()
    loss_d.backward()
    opt_d.step()

    loss_g = sp(-D(fake)).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    with torch.no_grad():
        for s, p in zip(shadow.parameters(), G.parameters()):
            s.lerp_(p, 0.01)
    if step % 200 == 199:
        print(step + 1, loss_d.item(), loss_g.item())


def energy(a, b):
    return (2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()


with torch.no_grad():
    made, start = shadow(torch.randn(1000, 4)), torch.zeros(1000, 2)
print("metric:", 1 - energy(made, real(1000)) / energy(start, real(1000)))
