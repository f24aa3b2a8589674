"""N-BEATS like: every block explains a part of the past and adds its part of the future. Windows are scaled one by one."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(38)
rng = np.random.default_rng(38)
PAST, FUTURE = 30, 5


def shop(days=200):
    t = np.arange(days)
    level = 10 ** rng.uniform(1, 3)
    week = 1 + 0.3 * np.sin(2 * np.pi * (t / 7 + rng.random())) + 0.15 * np.sin(4 * np.pi * (t / 7 + rng.random()))
    trend = 1 + rng.uniform(-0.2, 0.5) * t / days
    return level * week * trend * (1 + 0.05 * rng.standard_normal(days))


class Windows(Dataset):
    def __init__(self, series, stride):
        self.items = []
        for values in series:
            for start in range(0, len(values) - PAST - FUTURE + 1, stride):
                w = values[start : start + PAST + FUTURE]
                centre, spread = w[:PAST].mean(), w[:PAST].std()
                self.items.append(torch.tensor((w - centre) / spread, dtype=torch.float32))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i][:PAST], self.items[i][PAST:]


class Block(nn.Module):
    def __init__(self, width=64, last=False):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(PAST, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.back = None if last else nn.Linear(width, PAST)
        self.fore = nn.Linear(width, FUTURE)

    def forward(self, x):
        h = self.body(x)
        return x if self.back is None else x - self.back(h), self.fore(h)


class Stack(nn.Module):
    def __init__(self, blocks=2):
        super().__init__()
        self.blocks = nn.ModuleList(Block(last=k == blocks - 1) for k in range(blocks))

    def forward(self, x):
        total = 0
        for block in self.blocks:
            x, part = block(x)
            total = total + part
        return total


shops = [shop() for _ in range(60)]
train = DataLoader(Windows(shops[:48], 5), batch_size=64, shuffle=True)
test = Windows(shops[48:], 10)
x_test, y_test = (torch.stack(part) for part in zip(*test, strict=True))
model = Stack()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)
for epoch in range(20):
    curve = []
    for x, y in train:
        loss = (model(x) - y).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curve.append(loss.item())
    scheduler.step()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: mae {np.mean(curve):.4f}")

with torch.no_grad():
    print("metric:", 1 - ((model(x_test) - y_test).square().mean() / y_test.var()).item())
