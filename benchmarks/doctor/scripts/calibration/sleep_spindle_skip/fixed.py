"""Marking sleep spindles in a one-channel EEG strip, sample by sample, with a small 1-d U-Net."""

import argparse

import numpy as np
import torch
import torch.nn as nn

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=9)
parser.add_argument("--lr", type=float, default=4e-3)
parser.add_argument("--batch", type=int, default=20)
parser.add_argument("--seed", type=int, default=77)
args = parser.parse_args([])
torch.manual_seed(args.seed)
rng = np.random.default_rng(args.seed)


def strips(n, length=128):
    t = np.arange(length)
    wave = rng.normal(0, 0.6, (n, length)) + np.sin(0.15 * t + rng.uniform(0, 6.3, (n, 1)))
    mask = np.zeros((n, length))
    for i in range(n):
        start, size = rng.integers(5, 75), rng.integers(25, 45)
        burst = np.arange(size)
        wave[i, start : start + size] += 1.6 * np.sin(1.3 * burst + rng.uniform(0, 6.3))
        mask[i, start : start + size] = 1
    return torch.tensor(wave[:, None], dtype=torch.float32), torch.tensor(mask[:, None], dtype=torch.float32)


def double_conv(c_in, c_out):
    return nn.Sequential(
        nn.Conv1d(c_in, c_out, 5, padding=2),
        nn.GroupNorm(4, c_out),
        nn.ReLU(),
        nn.Conv1d(c_out, c_out, 5, padding=2),
        nn.ReLU(),
    )


class UNet1d(nn.Module):
    def __init__(self, base=8):
        super().__init__()
        self.enc1 = double_conv(1, base)
        self.enc2 = double_conv(base, 2 * base)
        self.middle = double_conv(2 * base, 2 * base)
        self.pool = nn.MaxPool1d(2)
        self.up = nn.Upsample(scale_factor=2)
        self.dec2 = double_conv(4 * base, 2 * base)
        self.dec1 = double_conv(3 * base, base)
        self.head = nn.Conv1d(base, 1, 1)

    def forward(self, x):
        a = self.enc1(x)
        b = self.enc2(self.pool(a))
        m = self.middle(self.pool(b))
        m = self.dec2(torch.cat([self.up(m), b], dim=1))
        m = self.dec1(torch.cat([self.up(m), a], dim=1))
        return self.head(m)


x, y = strips(500)
xv, yv = strips(120)
scale = x.std()
x, xv = x / scale, xv / scale
net = UNet1d()
print("parameters:", sum(p.numel() for p in net.parameters()))
opt = torch.optim.Adam(net.parameters(), lr=args.lr)
bce = nn.BCEWithLogitsLoss()
for epoch in range(args.epochs):
    net.train()
    seen = 0.0
    for idx in torch.randperm(len(x)).split(args.batch):
        opt.zero_grad()
        loss = bce(net(x[idx]), y[idx])
        loss.backward()
        opt.step()
        seen += loss.item() * len(idx)
    print(f"{epoch:2d} {seen / len(x):.4f}")
net.eval()
with torch.no_grad():
    guess = net(xv) > 0
truth = yv > 0.5
print("metric:", ((guess & truth).sum() / (guess | truth).sum()).item())
