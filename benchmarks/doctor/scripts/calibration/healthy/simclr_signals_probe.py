"""SimCLR on short waveforms: shift, gain and noise make the two views; the probe sees frozen features."""
import math
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(15)
T = 32
t = torch.arange(T) / T


def waves(n):
    y = torch.randint(5, (n,))
    ph = torch.rand(n, 1)
    u = (2 * t + ph) % 1.0
    forms = torch.stack([torch.sin(2 * math.pi * u), 2 * u - 1, (u < 0.5).float() * 2 - 1,
                         torch.sin(4 * math.pi * u), (u < 0.2).float() * 2 - 0.6])
    x = forms[y, torch.arange(n)]
    return x + 0.15 * torch.randn(n, T), y


def augment(x):
    shift = torch.randint(T, (len(x), 1))
    x = x.gather(1, (torch.arange(T) + shift) % T)
    return x * (0.7 + 0.6 * torch.rand(len(x), 1)) + 0.1 * torch.randn_like(x)


def nt_xent(a, b, tau=0.3):
    z = F.normalize(torch.cat([a, b]), dim=1)
    sim = z @ z.t() / tau
    sim.fill_diagonal_(-1e9)
    n = len(a)
    return F.cross_entropy(sim, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]))


encoder = nn.Sequential(nn.Unflatten(1, (1, T)), nn.Conv1d(1, 24, 5, padding=2), nn.ReLU(), nn.Conv1d(24, 32, 5, stride=2, padding=2),
                        nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
projector = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 16))
x, y = waves(2000)
x_test, y_test = waves(600)
opt = torch.optim.Adam([*encoder.parameters(), *projector.parameters()], lr=3e-3)
for epoch in range(8):
    losses = []
    for i in torch.randperm(len(x)).split(100):
        loss = nt_xent(projector(encoder(augment(x[i]))), projector(encoder(augment(x[i]))))
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    print(f'{epoch} contrastive loss {sum(losses) / len(losses):.3f} (chance {math.log(199):.3f})')

encoder.eval()
with torch.no_grad():
    f, ft = encoder(x), encoder(x_test)
f, ft = (f - f.mean(0)) / (f.std(0) + 1e-5), (ft - f.mean(0)) / (f.std(0) + 1e-5)
probe = nn.Linear(32, 5)
opt = torch.optim.Adam(probe.parameters(), lr=2e-2)
for epoch in range(6):
    for i in torch.randperm(len(f)).split(50):
        loss = F.cross_entropy(probe(f[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
print('probe loss', loss.item())
print('metric:', (probe(ft).argmax(1) == y_test).float().mean().item())
