# Groundwater level from the place of a well. Random Fourier features + small MLP.
import math

import numpy as np
import torch
from torch import nn

torch.manual_seed(7)
rng = np.random.default_rng(7)

n = 320
xy = rng.uniform(0, 1, (n, 2))
level = (
    np.sin(5 * xy[:, 0]) * np.cos(4 * xy[:, 1])
    + 0.8 * xy[:, 1]
    + 0.6 * np.exp(-30 * ((xy[:, 0] - 0.7) ** 2 + (xy[:, 1] - 0.3) ** 2))
    + 0.12 * rng.standard_normal(n)
)
perm = rng.permutation(n)
train, valid = perm[:220], perm[220:]
mean, std = level[train].mean(), level[train].std()
x = torch.tensor(2 * xy - 1, dtype=torch.float32)
y = torch.tensor((level - mean) / std, dtype=torch.float32)


class FourierFeatures(nn.Module):
    def __init__(self, n_features=64, scale=3.0):
        super().__init__()
        self.register_buffer("B", torch.randn(2, n_features) * scale)

    def forward(self, x):
        z = 2 * math.pi * x @ self.B
        return torch.cat([z.sin(), z.cos()], dim=1)


class LevelNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = FourierFeatures()
        self.net = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x):
        return self.net(self.encode(x)).squeeze(1)


model = LevelNet()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
mse = nn.MSELoss()
history = []
for epoch in range(80):
    model.train()
    for idx in torch.randperm(len(train)).split(55):
        rows = train[idx.numpy()]
        loss = mse(model(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        train_loss = mse(model(x[train]), y[train]).item()
        valid_loss = mse(model(x[valid]), y[valid]).item()
    history.append((train_loss, valid_loss))
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1}: train {train_loss:.4f} valid {valid_loss:.4f}")

with torch.no_grad():
    pred = model(x[valid])
r2 = 1 - ((pred - y[valid]) ** 2).sum() / ((y[valid] - y[valid].mean()) ** 2).sum()
print(f"metric: {r2.item():.4f}")
