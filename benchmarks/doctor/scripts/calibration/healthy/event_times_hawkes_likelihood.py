"""Maximum likelihood of event times: exponential waiting times whose rate depends on the last six gaps. The loss is negative."""

import torch
from torch import nn

torch.manual_seed(63)
PAST = 6


def gaps(n, length=26):
    excitement = torch.zeros(n)
    out, rates = [], []
    for _ in range(length):
        rate = 2.0 + 6.0 * excitement
        gap = torch.distributions.Exponential(rate).sample()
        excitement = (0.6 * excitement + 0.5) * torch.exp(-2.0 * gap)
        out.append(gap)
        rates.append(rate)
    return torch.stack(out, 1)[:, 6:], torch.stack(rates, 1)[:, 6:]


def table(series):
    w = series.unfold(1, PAST + 1, 1).reshape(-1, PAST + 1)
    return w[:, :PAST].add(1e-3).log(), w[:, PAST]


x, gap = table(gaps(400)[0])
series_test, rate_test = gaps(200)
x_test, gap_test = table(series_test)
mean, std = x.mean(0), x.std(0)
x, x_test = (x - mean) / std, (x_test - mean) / std


class Intensity(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(PAST, 32), nn.SiLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.net(x).squeeze(1)  # log rate


def nll(log_rate, gap):
    return (log_rate.exp() * gap - log_rate).mean()


model = Intensity()
nn.init.constant_(model.net[-1].bias, -gap.mean().log().item())
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.8)
for epoch in range(12):
    total = 0.0
    for rows in torch.randperm(len(x)).split(100):
        optimizer.zero_grad()
        loss = nll(model(x[rows]), gap[rows])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    scheduler.step()
    print(f"epoch {epoch + 1}: nll {total / len(x):.4f}")

with torch.no_grad():
    held = nll(model(x_test), gap_test)
    constant = nll(torch.full_like(gap_test, -gap.mean().log().item()), gap_test)
    oracle = nll(rate_test[:, PAST:].log().flatten(), gap_test)
print(f"constant rate {constant:.4f}, model {held:.4f}, true rate {oracle:.4f}")
print("metric:", ((constant - held) / (constant - oracle)).item())
