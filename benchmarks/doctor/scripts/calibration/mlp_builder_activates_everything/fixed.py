"""Learn the accelerations of a double pendulum from its state (physics toy, no integrator needed)."""
import argparse

import numpy as np
import torch
from torch import nn


def accelerations(s, g=9.81):
    a1, a2, w1, w2 = s.T
    d = a1 - a2
    den = 2 - np.cos(d) ** 2
    dw1 = (-g * 2 * np.sin(a1) + g * np.sin(a2) * np.cos(d) - np.sin(d) * (w2 ** 2 + w1 ** 2 * np.cos(d))) / den
    dw2 = (2 * np.sin(d) * (w1 ** 2 + g * np.cos(a1)) + w2 ** 2 * np.sin(d) * np.cos(d)) / den
    return np.stack([dw1, dw2], axis=1)


def mlp(sizes):
    layers = []
    for k in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[k], sizes[k + 1]))
        if k < len(sizes) - 2:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


parser = argparse.ArgumentParser()
parser.add_argument("--n", type=int, default=4000)
parser.add_argument("--epochs", type=int, default=12)
parser.add_argument("--batch", type=int, default=80)
parser.add_argument("--lr", type=float, default=3e-3)
parser.add_argument("--seed", type=int, default=44)
args = parser.parse_args()

rng = np.random.default_rng(args.seed)
torch.manual_seed(args.seed)
state = np.concatenate([rng.uniform(-np.pi, np.pi, (args.n, 2)), rng.normal(0, 1.5, (args.n, 2))], axis=1)
target = accelerations(state)
inputs = np.concatenate([np.sin(state[:, :2]), np.cos(state[:, :2]), state[:, 2:] / 1.5], axis=1)
cut = int(0.8 * args.n)
m, s = target[:cut].mean(0), target[:cut].std(0)
X = torch.tensor(inputs, dtype=torch.float32)
Y = torch.tensor((target - m) / s, dtype=torch.float32)

net = mlp([6, 96, 96, 2])
opt = torch.optim.Adam(net.parameters(), lr=args.lr)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, args.epochs)
for epoch in range(args.epochs):
    order = torch.randperm(cut)
    acc = []
    for ix in order.split(args.batch):
        loss = ((net(X[ix]) - Y[ix]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        acc.append(loss.item())
    sched.step()
    print(f"epoch {epoch}  loss {sum(acc) / len(acc):.4f}")

with torch.no_grad():
    pred, true = net(X[cut:]), Y[cut:]
    r2 = 1 - (pred - true).pow(2).sum(0) / (true - true.mean(0)).pow(2).sum(0)
print("metric:", r2.mean().item())
