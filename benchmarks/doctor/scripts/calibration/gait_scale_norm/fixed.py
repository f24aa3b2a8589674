"""Ground reaction force from gait parameters: a small tanh network with ScaleNorm before each activation."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)


class ScaleNorm(nn.Module):
    """g * sqrt(d) * x / |x|, one learned scalar for the layer."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.g = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return self.g * self.dim**0.5 * functional.normalize(x, dim=-1)


class GaitNet(nn.Module):
    def __init__(self, n_in, width=128, layers=3):
        super().__init__()
        sizes = [n_in] + [width] * layers
        self.fcs = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.norms = nn.ModuleList(ScaleNorm(width) for _ in range(layers))
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        for fc, norm in zip(self.fcs, self.norms, strict=True):
            x = torch.tanh(norm(fc(x)))
        return self.out(x).squeeze(-1)


def steps_of(n):
    x = torch.randn(n, 8)
    speed, mass, knee, hip = x[:, 0], x[:, 1], x[:, 2], x[:, 3]
    force = speed * mass + 0.7 * torch.sin(2 * knee) + 0.5 * hip.pow(2) + 0.4 * x[:, 4] * x[:, 5] + 0.3 * x[:, 6]
    return x, force + 0.1 * torch.randn(n)


def r2(model, x, y):
    model.eval()
    with torch.no_grad():
        error = functional.mse_loss(model(x), y)
    model.train()
    return 1 - (error / y.var()).item()


x_train, y_train = steps_of(5000)
x_test, y_test = steps_of(800)
mean, std = y_train.mean(), y_train.std()
y_train, y_test = (y_train - mean) / std, (y_test - mean) / std

model = GaitNet(8)
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=125, shuffle=True)
epochs = 20
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=epochs * len(loader))
for epoch in range(epochs):
    total = 0.0
    for xb, yb in loader:
        loss = functional.mse_loss(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item()
    if epoch % 5 == 4:
        print(epoch + 1, "train", round(total / len(loader), 4), "test R2", round(r2(model, x_test, y_test), 4))
print("metric:", r2(model, x_test, y_test))
