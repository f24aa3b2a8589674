"""Electricity load, hour-ahead. Windows of the last two days -> residual MLP."""
import numpy as np
import torch
from torch import nn

LOOKBACK, HIDDEN, EPOCHS, BS = 48, 64, 10, 40


def load_curve(n, rng):
    t = np.arange(n)
    day = 1.2 * np.sin(2 * np.pi * (t - 7) / 24) + 0.5 * np.sin(4 * np.pi * t / 24)
    week = np.where((t // 24) % 7 >= 5, -0.8, 0.0)
    ar = np.zeros(n)
    for k in range(1, n):
        ar[k] = 0.85 * ar[k - 1] + 0.25 * rng.standard_normal()
    return 10 + day + week + ar


def make_windows(series, first, last):
    rows, targets = [], []
    for t in range(first, last):
        rows.append(series[t - LOOKBACK + 1:t + 1])
        targets.append(series[t])
    return torch.tensor(np.array(rows), dtype=torch.float32), torch.tensor(np.array(targets), dtype=torch.float32)


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(LOOKBACK, HIDDEN)
        self.mix = nn.Sequential(nn.GELU(), nn.Linear(HIDDEN, HIDDEN), nn.GELU())
        self.out = nn.Linear(HIDDEN, 1)

    def forward(self, w):
        h = self.inp(w)
        return self.out(h + self.mix(h)).squeeze(1)


def main():
    rng = np.random.default_rng(77)
    torch.manual_seed(77)
    series = load_curve(2700, rng)
    cut = LOOKBACK + 2000
    mu, sd = series[:cut].mean(), series[:cut].std()
    series = (series - mu) / sd
    xtr, ytr = make_windows(series, LOOKBACK, cut)
    xte, yte = make_windows(series, cut + LOOKBACK, len(series))

    net = Forecaster()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(EPOCHS):
        perm = torch.randperm(len(xtr))
        total = 0.0
        for b in perm.split(BS):
            opt.zero_grad()
            loss = nn.functional.l1_loss(net(xtr[b]), ytr[b])
            loss.backward()
            opt.step()
            total += loss.item() * len(b)
        print(f"epoch {epoch + 1}/{EPOCHS}  mae {total / len(xtr):.4f}")

    net.eval()
    with torch.no_grad():
        err = (net(xte) - yte).square().mean()
    print("metric:", (1 - err / yte.var(unbiased=False)).item())


main()
