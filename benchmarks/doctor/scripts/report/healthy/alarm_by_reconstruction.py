"""Anomaly detection: the autoencoder sees healthy machines only, the alarm is its error."""

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def vibration(n, broken, rng):
    t = np.linspace(0, 1, 48)
    base = rng.uniform(4, 6, (n, 1))
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    signal = np.sin(2 * np.pi * base * t + phase) + 0.4 * np.sin(4 * np.pi * base * t + 2 * phase)
    if broken:
        signal = signal + 0.5 * np.sin(2 * np.pi * rng.uniform(13, 17, (n, 1)) * t + rng.uniform(0, 6, (n, 1)))
    return torch.tensor(signal + rng.normal(0, 0.15, signal.shape), dtype=torch.float32)


class AutoEncoder(nn.Module):
    def __init__(self, n=48, code=6):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n, 64), nn.GELU(), nn.Linear(64, 32), nn.GELU(), nn.Linear(32, code))
        self.decoder = nn.Sequential(nn.Linear(code, 32), nn.GELU(), nn.Linear(32, 64), nn.GELU(), nn.Linear(64, n))

    def forward(self, x):
        return self.decoder(self.encoder(x))


def main():
    torch.manual_seed(70)
    rng = np.random.default_rng(70)
    healthy = vibration(2000, False, rng)
    scale = healthy.std()
    loader = DataLoader(TensorDataset(healthy / scale), batch_size=64, shuffle=True)
    model = AutoEncoder()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 25)
    for epoch in range(25):
        model.train()
        total = 0.0
        for (x,) in loader:
            loss = nn.functional.mse_loss(model(x), x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1}: reconstruction {total / len(loader):.4f}")
    model.eval()
    test = torch.cat([vibration(300, False, rng), vibration(60, True, rng)]) / scale
    with torch.no_grad():
        error = (model(test) - test).pow(2).mean(1).numpy()
    print("metric:", roc_auc_score(np.r_[np.zeros(300), np.ones(60)], error))


main()
