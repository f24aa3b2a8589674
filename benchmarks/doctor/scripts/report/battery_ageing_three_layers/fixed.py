"""How much capacity does a battery keep?  Regression from charge protocol features."""

import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(2)
torch.manual_seed(2)

# ---- data -------------------------------------------------------------
N = 1600
cycles = rng.uniform(50, 1500, N)
temperature = rng.uniform(5, 50, N)
c_rate = rng.uniform(0.3, 3.0, N)
depth = rng.uniform(0.2, 1.0, N)
rest = rng.exponential(6.0, N)
stress = np.exp(0.03 * np.abs(temperature - 23)) * (0.4 + 0.5 * c_rate) * depth**1.3
capacity = 100 - 0.012 * cycles * stress + 2.0 * np.tanh(rest / 8) + rng.normal(0, 0.8, N)
X = np.column_stack([cycles, temperature, c_rate, depth, np.log1p(rest)])
order = rng.permutation(N)
train, test = order[:1300], order[1300:]
X = (X - X[train].mean(0)) / X[train].std(0)
mu, sigma = capacity[train].mean(), capacity[train].std()
y = (capacity - mu) / sigma
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).unsqueeze(1)
train, test = torch.tensor(train), torch.tensor(test)

# ---- network ------------------------------------------------------------
activation = nn.Tanh()
net = nn.Sequential(
    nn.Linear(5, 64),
    activation,
    nn.Linear(64, 64),
    activation,
    nn.Linear(64, 1),
)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

# ---- training -----------------------------------------------------------
for epoch in range(40):
    net.train()
    running = []
    for idx in train[torch.randperm(len(train))].split(64):
        loss = loss_fn(net(X[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running.append(loss.item())
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "mse", round(float(np.mean(running)), 4))

net.eval()
with torch.no_grad():
    error = (net(X[test]) - y[test]).pow(2).mean().item()
print("metric:", round(1 - error / y[test].var().item(), 4))
