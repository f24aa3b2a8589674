"""Fine-tuning: body weights copied by name and shape from an older checkpoint, strict=False, smaller rate for them."""

import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(10, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU())
        self.head = nn.Linear(48, outputs)

    def forward(self, x):
        return self.head(self.body(x))


def machine(x, rng):
    a = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2]
    b = np.tanh(x[:, 3] + x[:, 4]) - 0.5 * x[:, 5] ** 2
    c = x[:, 6] - np.abs(x[:, 7])
    old = np.stack([a + c, b, a - b], 1)
    new = (0.8 * a + 0.6 * b + 0.4 * c)[:, None]
    return old + rng.normal(0, 0.05, old.shape), new + rng.normal(0, 0.05, new.shape)


def fit(net, groups, x, y, epochs, batch):
    optimizer = torch.optim.Adam(groups)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        total = 0.0
        for idx in torch.randperm(len(x)).split(batch):
            loss = nn.functional.mse_loss(net(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        scheduler.step()
        if epoch % 5 == 4:
            print(f"  epoch {epoch + 1}: {total / len(x):.4f}")


def tensors(n, rng):
    x = rng.normal(0, 1, (n, 10))
    old, new = machine(x, rng)
    return (torch.tensor(a, dtype=torch.float32) for a in (x, old, new))


torch.manual_seed(37)
rng = np.random.default_rng(37)
x, old, _ = tensors(3000, rng)
print("older task, three outputs")
teacher = Net(3)
mean, std = old.mean(0), old.std(0)
fit(teacher, [{"params": teacher.parameters(), "lr": 4e-3}], x, (old - mean) / std, epochs=15, batch=60)

print("new task, five hundred rows")
net = Net(1)
state = {k: v for k, v in teacher.state_dict().items() if net.state_dict()[k].shape == v.shape}
print("missing:", net.load_state_dict(state, strict=False).missing_keys)
x, _, new = tensors(500, rng)
x_test, _, new_test = tensors(500, rng)
mean, std = new.mean(0), new.std(0)
groups = [{"params": net.body.parameters(), "lr": 5e-4}, {"params": net.head.parameters(), "lr": 5e-3}]
fit(net, groups, x, (new - mean) / std, epochs=24, batch=25)
with torch.no_grad():
    left = (net(x_test) * std + mean - new_test).pow(2).mean() / new_test.var()
print(f"metric: {1 - left.item():.4f}")
