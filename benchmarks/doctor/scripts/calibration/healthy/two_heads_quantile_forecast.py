# quantile regression (10/50/90 %) of a noisy series whose spread depends on the input; hand-written pinball loss
import numpy as np
import torch
from torch import nn

torch.manual_seed(9)
rng = np.random.default_rng(9)
TAU = torch.tensor([0.1, 0.5, 0.9])

n = 3000
u = rng.uniform(-1, 1, (n, 3))
centre = np.sin(3 * u[:, 0]) + u[:, 1] ** 2
width = 0.15 + 0.5 * np.abs(u[:, 2])
target = centre + width * rng.standard_normal(n)
x = torch.tensor(u, dtype=torch.float32)
y = torch.tensor(target, dtype=torch.float32)
xtr, ytr, xte, yte = x[:2400], y[:2400], x[2400:], y[2400:]


class Quantiles(nn.Module):
    """median plus two positive distances, so that the quantiles cannot cross"""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU())
        self.median = nn.Linear(64, 1)
        self.gaps = nn.Linear(64, 2)

    def forward(self, x):
        h = self.body(x)
        m, g = self.median(h), nn.functional.softplus(self.gaps(h))
        return torch.cat([m - g[:, :1], m, m + g[:, 1:]], 1)


def pinball(q, y):
    e = y.unsqueeze(1) - q
    return torch.maximum(TAU * e, (TAU - 1) * e).mean()


net = Quantiles()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(12):
    tot = 0.0
    for ix in torch.randperm(len(xtr)).split(60):
        loss = pinball(net(xtr[ix]), ytr[ix])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    print(epoch, tot / 40)

with torch.no_grad():
    q = net(xte)
    inside = ((yte > q[:, 0]) & (yte < q[:, 2])).float().mean().item()
    base = torch.quantile(ytr, TAU).expand(len(yte), 3)
    print("share inside the 80 % band:", inside)
    print("metric:", (1 - pinball(q, yte) / pinball(base, yte)).item())
