"""Sepsis risk from twelve vital signs: an MLP with batch norm."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(29)
rng = np.random.default_rng(29)


def patients(n):
    vitals = rng.normal(0, 1, (n, 12))
    vitals[:, 6:] += 0.5 * vitals[:, :6]
    score = 1.5 * vitals[:, 0] - vitals[:, 3] + 1.2 * vitals[:, 1] * vitals[:, 7] + np.abs(vitals[:, 9]) - 0.9
    sepsis = score + rng.logistic(0, 0.25, n) > 0
    return torch.tensor(vitals, dtype=torch.float32), torch.tensor(sepsis, dtype=torch.float32)


x_train, y_train = patients(1537)
x_test, y_test = patients(500)
mean, std = x_train.mean(0), x_train.std(0)
train_loader = DataLoader(TensorDataset((x_train - mean) / std, y_train), batch_size=64, shuffle=True)

model = nn.Sequential(
    nn.Linear(12, 64),
    nn.BatchNorm1d(64),
    nn.ReLU(),
    nn.Linear(64, 32),
    nn.BatchNorm1d(32),
    nn.ReLU(),
    nn.Linear(32, 1),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(12):
    model.train()
    losses = []
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x).squeeze(1), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"Epoch {epoch + 1}/12 loss {np.mean(losses):.4f}")

model.eval()
with torch.no_grad():
    predicted = model((x_test - mean) / std).squeeze(1) > 0
print("metric:", (predicted == (y_test > 0.5)).float().mean().item())
