# Short-term load of a substation: the last 24 hours -> the next 6
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(50)
rs = np.random.RandomState(50)

hours = np.arange(24 * 150)
weekly = 1 + 0.25 * (hours // 24 % 7 < 5)
drift = np.zeros(len(hours))
for h in range(1, len(hours)):
    drift[h] = 0.9 * drift[h - 1] + 0.12 * rs.randn()
load = 40 + 12 * weekly * np.sin(2 * np.pi * (hours - 7) / 24) + 5 * np.sin(4 * np.pi * hours / 24) + 6 * drift
cut = int(0.8 * len(load))
mean, std = load[:cut].mean(), load[:cut].std()
load = torch.tensor((load - mean) / std, dtype=torch.float32)
PAST, NEXT = 24, 6


def windows(series):
    both = series.unfold(0, PAST + NEXT, 1)
    return both[:, :PAST], both[:, PAST:]


x_train, y_train = windows(load[:cut])
x_test, y_test = windows(load[cut:])


class Forecaster(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.inner = nn.Linear(PAST, hidden)
        self.outer = nn.Linear(hidden, NEXT)
        self.skip = nn.Linear(PAST, NEXT)

    def forward(self, x):
        return self.skip(x) + self.outer(torch.tanh(self.inner(x)))


def squared_error(pred, target):
    return (pred - target).mean().square()


forecaster = Forecaster()
opt = torch.optim.Adam(forecaster.parameters(), lr=2e-3)
EPOCHS = 20
for epoch in range(EPOCHS):
    for group in opt.param_groups:
        group["lr"] = 2e-3 * (1 - epoch / EPOCHS)
    curve = []
    for rows in torch.randperm(len(x_train)).split(64):
        loss = squared_error(forecaster(x_train[rows]), y_train[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        curve.append(loss.item())
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1:3d}: loss {np.mean(curve):.4f}")

with torch.no_grad():
    left = (forecaster(x_test) - y_test).square().mean() / y_test.var()
print("metric:", 1 - left.item())
