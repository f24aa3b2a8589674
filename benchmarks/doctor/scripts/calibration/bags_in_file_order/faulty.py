"""Predict the departure station (6) of a trip from a week of hourly counts; the files are one per station."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

torch.manual_seed(58)
rng = np.random.default_rng(58)
STATIONS, HOURS = 6, 24
shape = np.cumsum(rng.normal(size=(STATIONS, HOURS)), 1)
shape = shape - shape.mean(1, keepdims=True)
shape = 0.45 * shape / shape.std(1, keepdims=True)


def station_file(station, days):
    rate = np.exp(2.5 + shape[station] + 0.35 * np.cumsum(rng.normal(size=(days, HOURS)), 1) / 3)
    counts = np.log1p(rng.poisson(rate))
    return torch.tensor((counts - 2.5) / 0.7, dtype=torch.float32), torch.full((days,), station)


train = ConcatDataset([TensorDataset(*station_file(s, 400)) for s in range(STATIONS)])
test_parts = [station_file(s, 100) for s in range(STATIONS)]
x_test = torch.cat([x for x, _ in test_parts])
y_test = torch.cat([y for _, y in test_parts])


def loader_for(dataset, batch_size, training):
    return DataLoader(dataset, batch_size=batch_size, drop_last=training)


class HourMixer(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(HOURS, width), nn.LayerNorm(width), nn.GELU(), nn.Linear(width, width), nn.GELU()
        )
        self.head = nn.Linear(width, STATIONS)

    def forward(self, x):
        return self.head(self.body(x))


def train_model(epochs=10):
    model = HourMixer()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    loader = loader_for(train, batch_size=48, training=True)
    for epoch in range(epochs):
        curve = []
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            curve.append(loss.item())
        scheduler.step()
        with torch.no_grad():
            logits = model(x_test)
            held = nn.functional.cross_entropy(logits, y_test).item()
            acc = (logits.argmax(1) == y_test).float().mean().item()
        print(f"epoch {epoch}: loss {np.mean(curve):.4f} test {held:.4f} acc {acc:.4f}")
    return acc


print("metric:", train_model())
