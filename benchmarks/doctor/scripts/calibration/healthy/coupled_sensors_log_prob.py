# density of five coupled sensors, each given the ones before it; the loss (negative log density) goes below nought
import math

import torch
from torch import nn


class Chain(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.first = nn.Parameter(torch.zeros(2))
        self.rest = nn.ModuleList(nn.Sequential(nn.Linear(k, 24), nn.SiLU(), nn.Linear(24, 2)) for k in range(1, n))

    def log_prob(self, x):
        total = 0.0
        for k in range(x.shape[1]):
            params = self.first.expand(len(x), 2) if k == 0 else self.rest[k - 1](x[:, :k])
            mean, log_std = params[:, 0], params[:, 1].clamp(-5, 2)
            z = (x[:, k] - mean) / log_std.exp()
            total = total - 0.5 * z**2 - log_std - 0.5 * math.log(2 * math.pi)
        return total


def sensors(n):
    a = torch.randn(n)
    b = 0.8 * a**2 - 0.8 + 0.1 * torch.randn(n)
    c = torch.sin(2 * a) + 0.1 * torch.randn(n)
    d = 0.5 * b + c + 0.1 * torch.randn(n)
    e = a * 0.7 - d * 0.3 + 0.1 * torch.randn(n)
    return torch.stack([a, b, c, d, e], 1)


torch.manual_seed(6)
train, test = sensors(2000), sensors(500)
mean, std = train.mean(0), train.std(0)
train, test = (train - mean) / std, (test - mean) / std
model = Chain(5)
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 15)
for epoch in range(15):
    for rows in torch.randperm(2000).split(50):
        opt.zero_grad()
        loss = -model.log_prob(train[rows]).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        opt.step()
    sched.step()
    print(epoch, round(loss.item(), 3))
with torch.no_grad():
    gaussian = torch.distributions.MultivariateNormal(train.mean(0), train.T.cov())
    better = model.log_prob(test).mean() - gaussian.log_prob(test).mean()
print("metric:", 1 - math.exp(-better.item()))
