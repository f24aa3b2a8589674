"""Which of four pumps does a vibration record come from? The log was exported twice: January-June and May-October."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

rng = np.random.default_rng(61)
torch.manual_seed(61)
LENGTH = 48
MONTHS = range(1, 11)


def record(pump):
    t = np.arange(LENGTH)
    base = 0.22 + 0.03 * pump
    phase = rng.uniform(0, 2 * np.pi, 2)
    wave = np.sin(2 * np.pi * base * t + phase[0]) + (0.2 + 0.2 * pump) * np.sin(np.pi * base * t + phase[1])
    return wave + 0.7 * rng.standard_normal(LENGTH)


def log(per_month, months=MONTHS):
    rows = []
    for month in months:
        for _ in range(per_month):
            pump = int(rng.integers(4))
            rows.append({"id": len(rows), "month": month, "pump": pump, "signal": record(pump)})
    return rows


def export(rows, first, last):
    return [row for row in rows if first <= row["month"] <= last]


everything = log(220)
spring, summer = export(everything, 1, 6), export(everything, 5, 10)
table = list({row["id"]: row for row in spring + summer}.values())

signals = torch.tensor(np.stack([row["signal"] for row in table]), dtype=torch.float32).unsqueeze(1) / 1.2
pumps = torch.tensor([row["pump"] for row in table])
data = TensorDataset(signals, pumps)
n_val = len(data) // 5
train_set, val_set = random_split(data, [len(data) - n_val, n_val], generator=torch.Generator().manual_seed(0))

later = log(60, months=[11, 12])
test_x = torch.tensor(np.stack([row["signal"] for row in later]), dtype=torch.float32).unsqueeze(1) / 1.2
test_y = torch.tensor([row["pump"] for row in later])

model = nn.Sequential(
    nn.Conv1d(1, 16, 9, padding=4),
    nn.BatchNorm1d(16),
    nn.ReLU(),
    nn.MaxPool1d(2),
    nn.Conv1d(16, 24, 7, padding=3),
    nn.BatchNorm1d(24),
    nn.ReLU(),
    nn.AdaptiveAvgPool1d(1),
    nn.Flatten(),
    nn.Dropout(0.2),
    nn.Linear(24, 4),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-2)
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
val_loader = DataLoader(val_set, batch_size=256)
EPOCHS = 14
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)

for epoch in range(EPOCHS):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in val_loader)
    print(f"epoch {epoch + 1}: loss {loss.item():.3f} val acc {right / n_val:.3f}")

with torch.no_grad():
    print("metric:", (model(test_x).argmax(1) == test_y).float().mean().item())
