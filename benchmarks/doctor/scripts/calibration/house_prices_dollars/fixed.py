"""Predict house prices (synthetic) with a small network."""
import argparse
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def make_houses(n, rng):
    area = rng.uniform(40, 250, n)
    rooms = rng.integers(1, 7, n)
    age = rng.uniform(0, 80, n)
    dist = rng.exponential(8, n)
    price = 40_000 + 1_900 * area + 12_000 * rooms - 900 * age - 3_500 * dist + rng.normal(0, 15_000, n)
    x = np.stack([area, rooms, age, dist], 1)
    x = (x - x.mean(0)) / x.std(0)
    return x.astype("float32"), price.astype("float32")


def main(args):
    torch.manual_seed(args.seed)
    x, price = make_houses(1200, np.random.default_rng(args.seed))
    target = (price - price.mean()) / price.std()
    ds = TensorDataset(torch.from_numpy(x), torch.from_numpy(target).unsqueeze(1))
    train, val = random_split(ds, [1000, 200])
    loader = DataLoader(train, batch_size=args.batch_size, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    opt = torch.optim.Adam(net.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        for xb, yb in loader:
            opt.zero_grad()
            loss = nn.functional.mse_loss(net(xb), yb)
            loss.backward()
            opt.step()
        print("epoch", epoch, "mse", round(loss.item(), 4))
    xv = torch.stack([v[0] for v in val])
    yv = torch.stack([v[1] for v in val])
    with torch.no_grad():
        r2 = 1 - ((net(xv) - yv) ** 2).sum() / ((yv - yv.mean()) ** 2).sum()
    print("metric:", float(r2))


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--batch-size", type=int, default=50)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--seed", type=int, default=11)
    main(p.parse_args())
