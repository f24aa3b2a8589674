# Highway network on digits (Srivastava et al. 2015), trained with plain momentum SGD as in the paper
import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=16)
parser.add_argument("--width", type=int, default=40)
parser.add_argument("--lr", type=float, default=0.05)
parser.add_argument("--epochs", type=int, default=11)
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--gate-bias", type=float, default=-2.0)
parser.add_argument("--seed", type=int, default=3)
args = parser.parse_args()

torch.manual_seed(args.seed)


class HighwayLayer(nn.Module):
    """y = T(x) * H(x) + C(x) * x with C = 1 - T; the gate bias is negative so that it starts by carrying."""

    def __init__(self, width, gate_bias):
        super().__init__()
        self.transform = nn.Linear(width, width)
        self.gate = nn.Linear(width, width)
        nn.init.constant_(self.gate.bias, gate_bias)

    def forward(self, x):
        h = torch.tanh(self.transform(x))
        t = torch.sigmoid(self.gate(x))
        return t * h + (1 - t) * x


class Highway(nn.Module):
    def __init__(self, n_in, width, depth, n_out, gate_bias):
        super().__init__()
        self.inp = nn.Linear(n_in, width)
        self.layers = nn.ModuleList([HighwayLayer(width, gate_bias) for _ in range(depth)])
        self.out = nn.Linear(width, n_out)

    def forward(self, x):
        x = torch.tanh(self.inp(x))
        for layer in self.layers:
            x = layer(x)
        return self.out(x)


data = load_digits()
xtr, xte, ytr, yte = train_test_split(
    data.data / 16.0, data.target, test_size=0.25, stratify=data.target, random_state=args.seed
)
mean = xtr.mean()
std = xtr.std()
xtr, xte = (torch.tensor((a - mean) / std, dtype=torch.float32) for a in (xtr, xte))
ytr, yte = torch.tensor(ytr), torch.tensor(yte)

net = Highway(64, args.width, args.depth, 10, args.gate_bias)
opt = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)

for epoch in range(args.epochs):
    net.train()
    total = 0.0
    for idx in torch.randperm(len(xtr)).split(args.batch_size):
        loss = F.cross_entropy(net(xtr[idx]), ytr[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(idx)
    net.eval()
    with torch.no_grad():
        acc = (net(xte).argmax(1) == yte).float().mean().item()
    print(f"epoch {epoch + 1:2d}  train loss {total / len(xtr):.4f}  test acc {acc:.4f}")

print("metric:", acc)
