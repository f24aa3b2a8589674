# Air pressure three hours ahead from the last day, hourly readings of one station
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(2)
rng = np.random.default_rng(2)

hours = 4000
depth, speed = 0.0, 0.0
series = np.empty(hours)
for h in range(hours):
    speed = 0.93 * speed - 0.01 * depth + rng.normal(0, 0.12)
    depth = depth + speed
    series[h] = depth
pressure = 1013.2 + series + 0.8 * np.cos(4 * np.pi * np.arange(hours) / 24) + rng.normal(0, 0.1, hours)

SPAN, AHEAD = 24, 3
split = 3200
mean, std = pressure[:split].mean(), pressure[:split].std()
scaled = torch.tensor((pressure - mean) / std, dtype=torch.float32)
targets = torch.tensor(pressure, dtype=torch.float32)
starts = torch.arange(hours - SPAN - AHEAD + 1)
windows = scaled.unfold(0, SPAN, 1)[: len(starts)].unsqueeze(-1)
labels = targets[starts + SPAN + AHEAD - 1]
train = starts[starts + SPAN + AHEAD <= split]
test = starts[starts >= split]


class Forecaster(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.gru(x)
        return self.head(states[:, -1]).squeeze(-1)


model = Forecaster()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=6, gamma=0.3)
for epoch in range(9):
    total = 0.0
    chunks = train[torch.randperm(len(train))].split(64)
    for idx in chunks:
        optimizer.zero_grad()
        loss = criterion(model(windows[idx]), labels[idx])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    scheduler.step()
    print(f"{epoch:2d} mse {total / len(chunks):.4f}")

with torch.no_grad():
    pred = model(windows[test])
truth = torch.tensor(pressure, dtype=torch.float32)[test + SPAN + AHEAD - 1]
print("metric:", 1 - ((pred - truth) ** 2).mean().item() / truth.var().item())
