"""How long does a courier's round take? A set of stops (attention pooling) -> duration."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

np.random.seed(9)
torch.manual_seed(9)


def rounds(n, stops=8):
    where = np.random.uniform(-1, 1, (n, stops, 2))
    floor = np.random.randint(0, 6, (n, stops, 1)) / 5.0
    centre = where.mean(1, keepdims=True)
    drive = np.linalg.norm(where - centre, axis=-1).sum(1) * 420
    stairs = (floor[..., 0] * (1 + np.abs(where[..., 0]))).sum(1) * 95
    seconds = 900 + drive + stairs + np.random.normal(0, 40, n)
    return np.concatenate([where, floor], -1).astype("float32"), seconds.astype("float32")


class StopSet(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(3, dim), nn.GELU())
        self.attend = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, 1))

    def forward(self, stops):
        h = self.embed(stops)
        h = self.norm(h + self.attend(h, h, h, need_weights=False)[0])
        return self.head(h.mean(1)).squeeze(-1)


x, seconds = rounds(3000)
x_test, seconds_test = rounds(600)
x_mean, x_std = x.mean((0, 1)), x.std((0, 1))
t_mean, t_std = seconds.mean(), seconds.std()
x, x_test = (x - x_mean) / x_std, (x_test - x_mean) / x_std
y = (seconds - t_mean) / t_std

loader = DataLoader(TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=64, shuffle=True)
model = StopSet()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=14)

for epoch in range(14):
    model.train()
    total = 0.0
    for stops, duration in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(stops), duration)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(duration)
    scheduler.step()
    print(f"epoch {epoch:2d}: mse {total / len(x):.4f}")

model.eval()
with torch.no_grad():
    predicted = model(torch.tensor(x_test)).numpy() * t_std + t_mean
residual = ((predicted - seconds_test) ** 2).mean()
print("mean absolute error (s):", np.abs(predicted - seconds_test).mean())
print("metric:", 1 - residual / seconds_test.var())
