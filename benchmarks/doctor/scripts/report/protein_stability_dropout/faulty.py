"""Melting temperature of protein variants from twelve descriptors."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class StabilityNet(nn.Module):
    def __init__(self, n_inputs, hidden=(64, 32), p=0.75):
        super().__init__()
        layers = []
        for n in hidden:
            layers += [nn.Linear(n_inputs, n), nn.ReLU(), nn.Dropout(p)]
            n_inputs = n
        self.net = nn.Sequential(*layers, nn.Linear(n_inputs, 1))

    def forward(self, x):
        return self.net(x).squeeze(1)


def variants(n, rng):
    x = rng.normal(0, 1, (n, 12))
    melting = 58 + 3 * x[:, 0] + 2.5 * np.tanh(2 * x[:, 1]) + 2 * x[:, 2] * x[:, 3] - 1.5 * np.abs(x[:, 4])
    melting = melting + 1.2 * np.maximum(x[:, 5], 0) - x[:, 6] + rng.normal(0, 0.7, n)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(melting, dtype=torch.float32)


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    total = 0.0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            loss = criterion(model(x), y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(x)
    return total / len(loader.dataset)


def main():
    torch.manual_seed(28)
    rng = np.random.default_rng(28)
    x, y = variants(2400, rng)
    mean, std = y[:2000].mean(), y[:2000].std()
    y = (y - mean) / std
    train_loader = DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=50, shuffle=True)
    val_loader = DataLoader(TensorDataset(x[2000:], y[2000:]), batch_size=400)
    model = StabilityNet(12)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.MSELoss()
    for epoch in range(20):
        train_loss = run_epoch(model, train_loader, criterion, optimizer)
        val_loss = run_epoch(model, val_loader, criterion)
        print(f"Epoch {epoch + 1}: train {train_loss:.4f}, val {val_loss:.4f}")
    print(f"metric: {1 - val_loss / y[2000:].var().item():.4f}")


if __name__ == "__main__":
    main()
