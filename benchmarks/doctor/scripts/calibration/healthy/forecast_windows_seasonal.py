"""One-step-ahead forecast of hourly electricity load from the last 48 hours (split by time, windows shuffled)."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
rng = np.random.default_rng(0)
T = 3000
t = np.arange(T)
ar = np.zeros(T)
for i in range(1, T):
    ar[i] = 0.85 * ar[i - 1] + rng.normal(0, 0.35)
load = 100 + 12 * np.sin(2 * np.pi * t / 24) + 5 * np.sin(2 * np.pi * t / 168) + 4 * np.cos(4 * np.pi * t / 24) + 4 * ar

split = 2300
mean, std = load[:split].mean(), load[:split].std()
series = torch.tensor((load - mean) / std, dtype=torch.float32)
WINDOW = 48


def windows(s):
    w = s.unfold(0, WINDOW + 1, 1)
    return w[:, :-1].unsqueeze(1), w[:, -1]


x_train, y_train = windows(series[:split])
x_test, y_test = windows(series[split - WINDOW:])
train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True, drop_last=True)


class TCN(nn.Module):
    def __init__(self, ch=16):
        super().__init__()
        self.c1 = nn.Conv1d(1, ch, 3, dilation=1)
        self.c2 = nn.Conv1d(ch, ch, 3, dilation=4)
        self.c3 = nn.Conv1d(ch, ch, 3, dilation=8)
        self.out = nn.Linear(ch, 1)

    def forward(self, x):
        h = torch.relu(self.c1(x))
        h = torch.relu(self.c2(h))
        h = torch.relu(self.c3(h))
        return x[:, 0, -1] + self.out(h[:, :, -1]).squeeze(-1)       # learns the change


model = TCN()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
for epoch in range(12):
    model.train()
    running = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
        running += loss.item()
    scheduler.step()
    print(f"epoch {epoch + 1}: mse {running / len(train_loader):.4f}")
model.eval()
with torch.no_grad():
    err = nn.functional.mse_loss(model(x_test), y_test).item()
naive = (x_test[:, 0, -1] - y_test).pow(2).mean().item()
print(f"persistence {naive:.4f}, seasonal naive {(x_test[:, 0, -24] - y_test).pow(2).mean().item():.4f}, model {err:.4f}")
print("metric:", 1 - err / y_test.var(unbiased=False).item())
