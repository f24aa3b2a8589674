#!/usr/bin/env python
"""Route support tickets to one of six desks. Bag of words -> small MLP; the head starts at the desks' shares."""
import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

p = argparse.ArgumentParser()
p.add_argument("--epochs", type=int, default=8)
p.add_argument("--lr", type=float, default=1.5e-3)
p.add_argument("--hidden", type=int, default=32)
p.add_argument("--seed", type=int, default=8)
args = p.parse_args()

torch.manual_seed(args.seed)
WORDS, DESKS, LENGTH = 120, 6, 22
share = torch.tensor([0.26, 0.21, 0.17, 0.14, 0.12, 0.10])

topic = torch.distributions.Dirichlet(torch.full((WORDS,), 0.35)).sample((DESKS,))
common = torch.full((WORDS,), 1.0 / WORDS)
topic = 0.5 * topic + 0.5 * common


def write_tickets(n):
    desk = torch.multinomial(share, n, replacement=True)
    words = torch.multinomial(topic[desk], LENGTH, replacement=True)
    counts = torch.zeros(n, WORDS).scatter_add_(1, words, torch.ones(n, LENGTH))
    return torch.sqrt(counts), desk


x_train, y_train = write_tickets(4200)
x_test, y_test = write_tickets(600)
centre, spread = x_train.mean(0), x_train.std()
x_train, x_test = (x_train - centre) / spread, (x_test - centre) / spread
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=60, shuffle=True)

net = nn.Sequential(nn.Linear(WORDS, args.hidden), nn.ReLU(), nn.Dropout(0.4), nn.Linear(args.hidden, DESKS))
with torch.no_grad():
    per_desk = torch.bincount(y_train, minlength=DESKS).float()
    net[3].bias.copy_(torch.log(per_desk / len(y_train)))

criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(net.parameters(), lr=args.lr, weight_decay=0.05)

for epoch in range(args.epochs):
    net.train()
    seen = correct = 0
    epoch_loss = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        out = net(xb)
        loss = criterion(out, yb)
        loss.backward()
        optimizer.step()
        seen += len(yb)
        correct += (out.argmax(1) == yb).sum().item()
        epoch_loss += loss.item() * len(yb)
    net.eval()
    with torch.no_grad():
        held = criterion(net(x_test), y_test).item()
    print(f"{epoch + 1:3d} loss {epoch_loss / seen:.3f} acc {correct / seen:.3f} held-out loss {held:.3f}")

with torch.no_grad():
    print("metric:", (net(x_test).argmax(1) == y_test).float().mean().item())
