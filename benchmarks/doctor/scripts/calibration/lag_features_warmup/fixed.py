"""One-step-ahead temperature of a transformer winding from lagged measurements."""
import numpy as np
import torch
import torch.nn as nn

LAGS = (1, 2, 3, 12, 36)


def read_series(n=2400, seed=4):
    r = np.random.RandomState(seed)
    amb = 18 + 7 * np.sin(np.arange(n) * 2 * np.pi / 144)
    load = np.clip(0.6 + 0.3 * np.sin(np.arange(n) * 2 * np.pi / 72 + 1) + 0.1 * r.randn(n), 0, None)
    temp = np.zeros(n)
    temp[0] = 50
    for i in range(1, n):
        temp[i] = temp[i - 1] + 0.08 * (amb[i] + 55 * load[i] - temp[i - 1]) + 0.15 * r.randn()
    return temp, load, amb


def build_table(temp, load, amb):
    cols = [load, amb]
    for lag in LAGS:
        c = np.full(len(temp), np.nan)
        c[lag:] = temp[:-lag]
        cols.append(c)
    X = np.column_stack(cols)
    start = max(LAGS)
    return X[start:], temp[start:]


def train(X, y, epochs=14, bs=64):
    net = nn.Sequential(nn.Linear(X.shape[1], 40), nn.GELU(), nn.Linear(40, 1))
    opt = torch.optim.Adam(net.parameters(), lr=5e-3)
    for ep in range(epochs):
        total, count = 0.0, 0
        for idx in torch.randperm(len(X)).split(bs):
            pred = net(X[idx]).squeeze(1)
            loss = nn.functional.huber_loss(pred, y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item()
            count += 1
        print(f"epoch {ep} loss {total / count:.5f}")
    return net


def main():
    torch.manual_seed(4)
    X, y = build_table(*read_series())
    cut = int(0.8 * len(X))
    m, s = np.nanmean(X[:cut], 0), np.nanstd(X[:cut], 0)
    ym, ys = y[:cut].mean(), y[:cut].std()
    X = torch.from_numpy((X - m) / s).float()
    y = torch.from_numpy((y - ym) / ys).float()
    net = train(X[:cut], y[:cut])
    with torch.no_grad():
        res = y[cut:] - net(X[cut:]).squeeze(1)
    print("metric:", float(1 - res.square().mean() / y[cut:].var()))


main()
