import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


def lag_matrix(series, lags):
    """Column k holds the series delayed by lags[k]; the first rows have no past."""
    table = np.full((len(series), len(lags)), np.nan, dtype=np.float32)
    for k, lag in enumerate(lags):
        table[lag:, k] = series[:-lag]
    return table


class Demand(Dataset):
    def __init__(self, table, target, rows):
        self.table, self.target, self.rows = table, target, rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        r = self.rows[i]
        return torch.from_numpy(self.table[r]), torch.tensor(self.target[r])


class Forecaster(nn.Module):
    def __init__(self, n_lags, hidden=32):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_lags, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU())
        self.skip = nn.Linear(n_lags, 1)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        return (self.head(self.net(x)) + self.skip(x)).squeeze(-1)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--lags', type=int, nargs='+', default=[1, 2, 3, 12, 24])
    ap.add_argument('--epochs', type=int, default=10)
    ap.add_argument('--lr', type=float, default=2e-3)
    args = ap.parse_args([])
    torch.manual_seed(0)
    rng = np.random.default_rng(12)
    t = np.arange(2624)
    noise = np.zeros(len(t))
    for i in range(1, len(t)):
        noise[i] = 0.8 * noise[i - 1] + rng.normal(0, 0.3)
    series = 20 + 4 * np.sin(2 * np.pi * t / 24) + 2 * np.sin(2 * np.pi * t / 12 + 1) + noise
    n_train = 2024
    series = ((series - series[:n_train].mean()) / series[:n_train].std()).astype(np.float32)
    table = lag_matrix(series, args.lags)
    first = max(args.lags)
    train = DataLoader(Demand(table, series, range(first, n_train)), batch_size=50, shuffle=True, drop_last=True)
    test = DataLoader(Demand(table, series, range(n_train, len(t))), batch_size=600)
    model = Forecaster(len(args.lags))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=1e-3)
    for epoch in range(args.epochs):
        model.train()
        seen = []
        for x, y in train:
            optimizer.zero_grad()
            loss = nn.functional.huber_loss(model(x), y)
            loss.backward()
            optimizer.step()
            seen.append(loss.item())
        print('epoch', epoch, 'huber', np.mean(seen))
    model.eval()
    with torch.no_grad():
        x, y = next(iter(test))
        print('metric:', 1 - ((model(x) - y) ** 2).mean().item() / y.var().item())


if __name__ == '__main__':
    main()
