"""Causal dilated convolutions predict every next value of a noisy chaotic series; windows of one batch overlap in time."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(4)
rng = np.random.default_rng(4)
z = np.empty(3400)
z[:2] = 0.3, 0.1
for k in range(2, len(z)):
    z[k] = 1 - 1.4 * z[k - 1] ** 2 + 0.3 * z[k - 2]
series = z[200:] + 0.05 * rng.standard_normal(3200)
cut = 2600
mean, std = series[:cut].mean(), series[:cut].std()
series = torch.tensor((series - mean) / std, dtype=torch.float32)
train = series[:cut].unfold(0, 33, 4)
test = series[cut:].unfold(0, 33, 33)


class Causal(nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.pad = dilation
        self.conv = nn.Conv1d(channels, channels, 2, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        return x + self.mix(F.relu(self.conv(F.pad(x, (self.pad, 0)))))


model = nn.Sequential(nn.Conv1d(1, 16, 1), Causal(16, 1), Causal(16, 2), Causal(16, 4), nn.ReLU(), nn.Conv1d(16, 1, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-3)
EPOCHS = 20
scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=EPOCHS, power=1.0)
for epoch in range(EPOCHS):
    total = 0.0
    for rows in torch.randperm(len(train)).split(32):
        w = train[rows].unsqueeze(1)
        loss = F.smooth_l1_loss(model(w[..., :-1])[..., 4:], w[..., 5:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    scheduler.step()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: huber {total / len(train):.4f}")

with torch.no_grad():
    w = test.unsqueeze(1)
    error = (model(w[..., :-1])[..., 4:] - w[..., 5:]).square().mean()
print("metric:", (1 - error / test[:, 5:].var()).item())
