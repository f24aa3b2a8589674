"""Predict the flow of a heat exchanger from its sensors, trained with the one-cycle policy."""

import argparse

import torch
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--batch-size", type=int, default=40)
    parser.add_argument("--max-lr", type=float, default=0.04)
    parser.add_argument("--seed", type=int, default=11)
    return parser.parse_args()


def load(seed):
    x, y = make_friedman1(n_samples=1500, n_features=8, noise=0.6, random_state=seed)
    sx, sy = StandardScaler().fit(x[:1200]), StandardScaler().fit(y[:1200, None])
    x = torch.tensor(sx.transform(x), dtype=torch.float32)
    y = torch.tensor(sy.transform(y[:, None]), dtype=torch.float32)
    return TensorDataset(x[:1200], y[:1200]), (x[1200:], y[1200:])


def main():
    args = get_args()
    torch.manual_seed(args.seed)
    train, (x_val, y_val) = load(args.seed)
    loader = DataLoader(train, batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    opt = torch.optim.SGD(model.parameters(), lr=args.max_lr / 25, momentum=0.9)
    sched = torch.optim.lr_scheduler.OneCycleLR(
        opt, max_lr=args.max_lr, epochs=args.epochs, steps_per_epoch=len(loader)
    )
    mse = nn.MSELoss()

    for epoch in range(args.epochs):
        model.train()
        seen = 0.0
        for xb, yb in loader:
            opt.zero_grad()
            loss = mse(model(xb), yb)
            loss.backward()
            opt.step()
            sched.step()
            seen += loss.item() * len(xb)
        model.eval()
        with torch.no_grad():
            val = mse(model(x_val), y_val).item()
        print(f"{epoch:3d} train {seen / len(train):.4f} val {val:.4f} lr {sched.get_last_lr()[0]:.5f}")
    r2 = 1 - val / y_val.var(unbiased=False).item()
    print(f"metric: {r2:.4f}")


if __name__ == "__main__":
    main()
