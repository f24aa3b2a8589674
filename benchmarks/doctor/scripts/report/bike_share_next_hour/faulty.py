"""Next-hour rentals of a bike share, a network over the last day."""

import numpy as np
import torch
from torch import nn


def make_series(hours, rng):
    t = np.arange(hours)
    hour, day = t % 24, t // 24
    commute = np.exp(-((hour - 8) ** 2) / 4) + 1.2 * np.exp(-((hour - 17.5) ** 2) / 6)
    leisure = np.exp(-((hour - 14) ** 2) / 18)
    weekend = (day % 7) >= 5
    weather = np.zeros(hours)
    for i in range(1, hours):
        weather[i] = 0.97 * weather[i - 1] + rng.normal(0, 0.12)
    level = np.where(weekend, 0.9 * leisure, commute) * np.exp(0.5 * weather)
    return 220 * level + 15 + rng.normal(0, 9, hours), weather, weekend


def windows(series, length):
    x = np.stack([series[i : i + length] for i in range(len(series) - length)])
    return torch.tensor(x, dtype=torch.float32), torch.tensor(series[length:, :1], dtype=torch.float32)


class Forecaster(nn.Module):
    def __init__(self, n_inputs, hidden):
        super().__init__()
        self.fc1 = nn.Linear(n_inputs, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        x = torch.tanh(self.fc1(x.flatten(1)))
        x = torch.tanh(self.fc2(x))
        return self.out(x)


def main():
    torch.manual_seed(8)
    rng = np.random.default_rng(8)
    rentals, weather, weekend = make_series(24 * 60, rng)
    cut = 24 * 48
    table = np.column_stack([rentals, weather, weekend])
    mean, std = table[:cut].mean(0), table[:cut].std(0)
    table = (table - mean) / std
    x_train, y_train = windows(table[:cut], 24)
    x_test, y_test = windows(table[cut:], 24)

    model = Forecaster(3 * 24, 48)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    criterion = nn.L1Loss()
    history = []
    for epoch in range(30):
        model.train()
        losses = []
        for idx in torch.randperm(len(x_train)).split(64):
            optimizer.zero_grad()
            loss = criterion(model(x_train[idx]), y_train[idx])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(np.mean(losses))
        print(f"epoch {epoch + 1}/30 - loss: {history[-1]:.4f}")

    model.eval()
    with torch.no_grad():
        mae = criterion(model(x_test), y_test).item()
    print(f"metric: {1 - mae / (y_test - y_test.median()).abs().mean().item():.4f}")


if __name__ == "__main__":
    main()
