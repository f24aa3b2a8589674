"""A table with categories: embeddings beside numbers, batch norm, a sampler against mild imbalance, one cycle."""

import numpy as np
import torch
from fingerprint import fingerprint
from torch import nn
from torch.utils.data import DataLoader, Dataset, WeightedRandomSampler

torch.manual_seed(0)
draw = np.random.default_rng(0)
n = 1600
city, job = draw.integers(0, 12, n), draw.integers(0, 8, n)
age, income = draw.uniform(18, 80, n), np.exp(draw.normal(10, 0.5, n))
score = 0.8 * np.sin(city) + 0.6 * (job % 3) + 0.03 * (age - 50) + 0.9 * np.log(income / 22000)
target = (score + draw.normal(0, 0.4, n) > 1.3).astype(np.int64)


class Table(Dataset):
    def __init__(self, rows, mean, std):
        self.categories = torch.tensor(np.stack([city[rows], job[rows]], 1))
        numbers = np.stack([age[rows], np.log(income[rows])], 1)
        self.numbers = torch.tensor((numbers - mean) / std, dtype=torch.float32)
        self.target = torch.tensor(target[rows])

    def __len__(self):
        return len(self.target)

    def __getitem__(self, i):
        return {"cat": self.categories[i], "num": self.numbers[i], "y": self.target[i]}


class TabularModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeds = nn.ModuleList([nn.Embedding(12, 6), nn.Embedding(8, 4)])
        self.emb_drop = nn.Dropout(0.05)
        self.bn_cont = nn.BatchNorm1d(2)
        self.layers = nn.Sequential(
            nn.Linear(12, 48), nn.ReLU(inplace=True), nn.BatchNorm1d(48), nn.Dropout(0.1), nn.Linear(48, 24),
            nn.ReLU(inplace=True), nn.BatchNorm1d(24), nn.Linear(24, 2),
        )  # fmt: skip

    def forward(self, cat, num):
        x = torch.cat([e(cat[:, i]) for i, e in enumerate(self.embeds)], 1)
        return self.layers(torch.cat([self.emb_drop(x), self.bn_cont(num)], 1))


order = draw.permutation(n)
rows, held = order[:1200], order[1200:]
numbers = np.stack([age[rows], np.log(income[rows])], 1)
train_set = Table(rows, numbers.mean(0), numbers.std(0))
valid_set = Table(held, numbers.mean(0), numbers.std(0))
weights = 1.0 / torch.bincount(train_set.target).float()[train_set.target]
train_loader = DataLoader(train_set, 64, sampler=WeightedRandomSampler(weights, len(train_set)))
valid_loader = DataLoader(valid_set, 256)
model = TabularModel()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
epochs = 8
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, epochs=epochs, steps_per_epoch=len(train_loader))
for epoch in range(epochs):
    model.train()
    for batch in train_loader:
        loss = nn.functional.cross_entropy(model(batch["cat"], batch["num"]), batch["y"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    model.eval()
    with torch.no_grad():
        right = sum((model(b["cat"], b["num"]).argmax(1) == b["y"]).sum().item() for b in valid_loader)
    print(f"epoch {epoch}: {right / len(valid_set):.4f}")
fingerprint(model)
