"""A time series, each value from those before it: Huber loss, ReduceLROnPlateau, early stopping, a forecast."""

import math

import numpy as np
import torch
import torch.nn as nn
from fingerprint import fingerprint
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(3)
noise = np.random.default_rng(3)
t = np.arange(900)
series = 40 + 8 * np.sin(2 * math.pi * t / 24) + 4 * np.sin(2 * math.pi * t / 7) + 0.01 * t + noise.normal(0, 0.6, 900)
split = 700
mean, std = series[:split].mean(), series[:split].std()
scaled = torch.tensor((series - mean) / std, dtype=torch.float32)


class Windows(Dataset):
    def __init__(self, values, window):
        self.values, self.window = values, window

    def __len__(self):
        return len(self.values) - self.window

    def __getitem__(self, i):
        return self.values[i : i + self.window].unsqueeze(-1), self.values[i + self.window]


class Forecaster(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        _, h = self.gru(x)
        return self.head(h[-1]).squeeze(-1)


train_loader = DataLoader(Windows(scaled[:split], 24), batch_size=32, shuffle=True)
valid_loader = DataLoader(Windows(scaled[split:], 24), batch_size=256)
model = Forecaster()
criterion = nn.HuberLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2, factor=0.5)
best, waited = float("inf"), 0
for epoch in range(12):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
    model.eval()
    with torch.no_grad():
        valid = sum(criterion(model(x), y).item() * len(y) for x, y in valid_loader) / len(valid_loader.dataset)
    scheduler.step(valid)
    print(f"epoch {epoch}: valid {valid:.4f}")
    if valid < best - 1e-5:
        best, waited = valid, 0
    else:
        waited += 1
        if waited >= 4:
            break
window = scaled[-24:].clone()
with torch.no_grad():
    for _ in range(12):
        window = torch.cat([window[1:], model(window.view(1, -1, 1))])
print((window[-12:] * std + mean).round(decimals=2).tolist())
fingerprint(model)
