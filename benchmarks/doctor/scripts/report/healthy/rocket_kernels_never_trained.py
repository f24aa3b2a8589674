"""ROCKET: ten thousand is the paper's number, 200 random kernels do here. Only the last layer is trained."""

import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split

torch.manual_seed(38)
rng = np.random.default_rng(38)


def gestures(n, length=80):
    y = rng.integers(0, 6, n)
    t = np.linspace(0, 1, length)
    where = rng.uniform(0.25, 0.75, (n, 1))
    bump = np.exp(-(((t - where) / 0.08) ** 2))
    ramp = np.clip((t - where) / 0.2, 0, 1)
    chirp = np.sin(2 * np.pi * 12 * (t - where)) * (np.abs(t - where) < 0.2)
    shapes = np.stack([bump, -bump, ramp, -ramp, chirp, bump - np.roll(bump, 12, axis=1)])
    x = shapes[y, np.arange(n)] * rng.uniform(0.8, 1.2, (n, 1)) + rng.normal(0, 0.25, (n, length))
    return torch.tensor(x, dtype=torch.float32).unsqueeze(1), torch.tensor(y)


class Rocket(nn.Module):
    def __init__(self, kernels=200):
        super().__init__()
        self.convs = nn.ModuleList()
        for dilation in (1, 2, 4, 8):
            conv = nn.Conv1d(1, kernels // 4, 9, dilation=dilation, padding=4 * dilation)
            nn.init.normal_(conv.weight)
            conv.weight.data -= conv.weight.data.mean(dim=2, keepdim=True)
            nn.init.uniform_(conv.bias, -1, 1)
            self.convs.append(conv)
        self.requires_grad_(False)

    def forward(self, x):
        maps = torch.cat([conv(x) for conv in self.convs], dim=1)
        return torch.cat([maps.amax(2), (maps > 0).float().mean(2)], dim=1)


x, y = gestures(900)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=300, random_state=38)
rocket = Rocket().eval()
with torch.no_grad():
    f_train, f_test = rocket(x_train), rocket(x_test)
mean, std = f_train.mean(0), f_train.std(0) + 1e-6
f_train, f_test = (f_train - mean) / std, (f_test - mean) / std

head = nn.Linear(f_train.shape[1], 6)
nn.init.zeros_(head.weight)
nn.init.zeros_(head.bias)
optimizer = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=0.1)
for epoch in range(15):
    for idx in torch.randperm(len(f_train)).split(30):
        loss = nn.functional.cross_entropy(head(f_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 3 == 2:
        print(epoch + 1, round(loss.item(), 4))
with torch.no_grad():
    print("metric:", (head(f_test).argmax(1) == y_test).float().mean().item())
