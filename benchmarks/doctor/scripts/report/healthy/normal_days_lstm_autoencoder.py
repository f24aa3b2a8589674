"""Anomaly detection: an LSTM autoencoder that has seen ordinary days only; the error is the alarm's score."""

import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import roc_auc_score

torch.manual_seed(26)
rng = np.random.default_rng(26)


def days(n, odd=False):
    hour = np.arange(24)
    start, end = rng.uniform(6, 9, (n, 1)), rng.uniform(16, 20, (n, 1))
    level = rng.uniform(0.7, 1.3, (n, 1))
    load = 0.3 + level / (1 + np.exp(-(hour - start) * 1.5)) / (1 + np.exp((hour - end) * 1.5))
    if odd:
        kind = rng.integers(0, 2, n)
        night = 0.3 + level * np.exp(-(((hour - rng.uniform(0, 4, (n, 1))) / 2.0) ** 2))
        gap = np.where(np.abs(hour - rng.uniform(11, 14, (n, 1))) < 1.6, 0.3, load)
        load = np.where(kind[:, None] == 0, night, gap)
    return (load + rng.normal(0, 0.05, load.shape)).astype(np.float32)


class DayAutoencoder(nn.Module):
    def __init__(self, hidden=32, code=4):
        super().__init__()
        self.encoder = nn.LSTM(1, hidden, batch_first=True)
        self.to_code = nn.Linear(hidden, code)
        self.decoder = nn.LSTM(code, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        _, (h, _) = self.encoder(x)
        code = self.to_code(h[-1])
        y, _ = self.decoder(code.unsqueeze(1).expand(-1, x.shape[1], -1))
        return self.out(y)


train, normal, odd = days(1500), days(200), days(200, odd=True)
mean, std = train.mean(), train.std()
train, normal, odd = (torch.from_numpy((a - mean) / std).unsqueeze(2) for a in (train, normal, odd))
model = DayAutoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[8, 11], gamma=0.3)
for epoch in range(13):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(train)).split(32):
        loss = nn.functional.mse_loss(model(train[idx]), train[idx])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(idx)
    scheduler.step()
    print(f"epoch {epoch + 1} loss {total / len(train):.4f}")

model.eval()
with torch.no_grad():
    error = [((model(a) - a) ** 2).mean((1, 2)).numpy() for a in (normal, odd)]
print("metric:", roc_auc_score(np.repeat([0, 1], 200), np.concatenate(error)))
