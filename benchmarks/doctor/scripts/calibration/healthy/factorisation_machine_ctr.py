"""Factorisation machine written out by hand: one user, one item and one context field per row, a quarter of the rows positive."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

torch.manual_seed(90)
rng = np.random.default_rng(90)
SIZES = [60, 40, 6]
OFFSETS = np.cumsum([0, *SIZES[:-1]])
secret = [rng.normal(size=(n, 3)) for n in SIZES]


def rows(n):
    ids = np.stack([rng.integers(size, size=n) for size in SIZES], 1)
    a, b, c = (table[ids[:, k]] for k, table in enumerate(secret))
    logit = 1.6 * ((a * b).sum(1) + (b * c).sum(1)) - 2.2
    return torch.tensor(ids + OFFSETS), torch.tensor(rng.random(n) < 1 / (1 + np.exp(-logit))).float()


class FM(nn.Module):
    def __init__(self, total, dim=6):
        super().__init__()
        self.linear = nn.Embedding(total, 1)
        self.factors = nn.Embedding(total, dim)
        self.bias = nn.Parameter(torch.zeros(()))
        nn.init.zeros_(self.linear.weight)
        nn.init.normal_(self.factors.weight, std=0.1)

    def forward(self, ids):
        v = self.factors(ids)
        pairs = 0.5 * (v.sum(1).square() - v.square().sum(1)).sum(1)
        return self.bias + self.linear(ids).sum((1, 2)) + pairs


def auc(score, y):
    rank = score.argsort().argsort().double() + 1
    pos = y.sum().double()
    return ((rank[y > 0].sum() - pos * (pos + 1) / 2) / (pos * (len(y) - pos))).item()


train, test = rows(12000), rows(2000)
data = TensorDataset(*train)
loader = DataLoader(data, sampler=BatchSampler(RandomSampler(data), 200, drop_last=False), batch_size=None)
model = FM(sum(SIZES))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-5)
EPOCHS = 12
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
for epoch in range(EPOCHS):
    total = 0.0
    for ids, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(ids), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    scheduler.step()
    with torch.no_grad():
        logits = model(test[0])
        held = nn.functional.binary_cross_entropy_with_logits(logits, test[1]).item()
    print(f"{epoch + 1:2d} train {total / len(data):.4f} test {held:.4f} auc {auc(logits, test[1]):.4f}")

print("metric:", auc(logits, test[1]))
