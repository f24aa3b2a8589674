"""Tissue scans (drawn): does the slide show a lesion?  Small ConvNet with batch norm."""

import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--batch", type=int, default=16, help="slides per step")
parser.add_argument("--epochs", type=int, default=6)
parser.add_argument("--lr", type=float, default=2e-3)
args = parser.parse_args()


def slides(n, rng):
    y, x = np.mgrid[:20, :20] / 19
    label = rng.integers(0, 2, n)
    out = np.empty((n, 1, 20, 20), dtype=np.float32)
    for i in range(n):
        stain = rng.uniform(0.35, 0.65)
        texture = 0.12 * np.sin(rng.uniform(8, 16) * x + rng.uniform(0, 6)) * np.sin(rng.uniform(8, 16) * y)
        picture = stain + texture + rng.normal(0, 0.05, x.shape)
        cx, cy = rng.uniform(0.25, 0.75, 2)
        spot = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.008)
        picture = picture + (0.32 if label[i] else -0.32) * spot
        out[i, 0] = picture
    return torch.from_numpy(out), torch.from_numpy(label)


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2))


def build():
    return nn.Sequential(
        block(1, 8), block(8, 16), nn.Flatten(), nn.Linear(16 * 25, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2)
    )


if __name__ == "__main__":
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    x_train, y_train = slides(400, rng)
    x_test, y_test = slides(300, rng)
    mean, std = x_train.mean(), x_train.std()
    loader = DataLoader(TensorDataset((x_train - mean) / std, y_train), batch_size=args.batch, shuffle=True)
    net = build()
    opt = torch.optim.Adam(net.parameters(), lr=args.lr)
    ce = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        net.train()
        meter = []
        for xb, yb in loader:
            opt.zero_grad()
            loss = ce(net(xb), yb)
            loss.backward()
            opt.step()
            meter.append(loss.item())
        print(f"[{epoch + 1}] loss {np.mean(meter):.3f}")
    net.eval()
    with torch.no_grad():
        acc = (net((x_test - mean) / std).argmax(1) == y_test).float().mean()
    print(f"metric: {acc.item():.4f}")
