import csv
import io
import random

import numpy as np
import torch
from torch import nn

random.seed(52)
np.random.seed(52)
torch.manual_seed(52)

# %% what the housing office sends us once a year (rebuilt here so that the notebook runs anywhere)
lines = ["area,built,residents,fuel,bill"]
for _ in range(900):
    area = random.uniform(35, 180)
    built = random.randint(1920, 2020)
    residents = random.randint(1, 5)
    fuel = random.choice(["gas", "oil", "pump"])
    per_m2 = {"gas": 11.0, "oil": 15.0, "pump": 7.0}[fuel] * (1 + (2020 - built) / 150)
    bill = area * per_m2 + 110 * residents + random.gauss(0, 90)
    lines.append(f"{area:.1f}, {built}, {residents}, {fuel}, {bill:.2f}")
export = "\n".join(lines)

# %% read
rows = list(csv.DictReader(io.StringIO(export)))
numeric = np.array([[float(r["area"]), float(r["built"]), float(r["residents"])] for r in rows])
is_oil = np.array([r["fuel"] == "oil" for r in rows], dtype=np.float64)
is_pump = np.array([r["fuel"] == "pump" for r in rows], dtype=np.float64)
bill = np.array([float(r["bill"]) for r in rows])

# %% split, scale
order = np.random.permutation(len(rows))
train, test = order[:700], order[700:]
mean, std = numeric[train].mean(0), numeric[train].std(0)
X = np.column_stack([(numeric - mean) / std, is_oil, is_pump])
t_mean, t_std = bill[train].mean(), bill[train].std()
t = (bill - t_mean) / t_std

X = torch.tensor(X, dtype=torch.float32)
t = torch.tensor(t, dtype=torch.float32).unsqueeze(1)
train, test = torch.from_numpy(train), torch.from_numpy(test)

# %% network
net = nn.Sequential(nn.Linear(X.shape[1], 32), nn.ELU(), nn.Linear(32, 16), nn.ELU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
criterion = nn.MSELoss()

# %% fit
history = []
for epoch in range(50):
    net.train()
    total = 0.0
    for part in train[torch.randperm(len(train))].split(35):
        opt.zero_grad()
        loss = criterion(net(X[part]), t[part])
        loss.backward()
        opt.step()
        total += loss.item() * len(part)
    history.append(total / len(train))
    if epoch % 10 == 9:
        print(f"{epoch + 1:3d} {history[-1]:.4f}")

# %% how good?
net.eval()
with torch.no_grad():
    left = (net(X[test]) - t[test]).square().mean()
print("rms in euros:", round(left.sqrt().item() * t_std, 1))
print("metric:", 1 - (left / t[test].var()).item())
