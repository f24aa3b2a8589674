"""Embeddings of sensor windows without labels: what comes next should be foreseeable in latent space."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression


def machines(n, rng):
    """80 samples of a vibration; five states of the machine differ in resonance and roughness."""
    state = rng.integers(0, 5, n)
    period = np.array([7.0, 7.0, 11.0, 11.0, 16.0])[state] * rng.uniform(0.95, 1.05, n)
    harmonic = np.array([0.1, 0.9, 0.1, 0.9, 0.5])[state]
    angle = 2 * np.pi * np.arange(80) / period[:, None] + rng.uniform(0, 2 * np.pi, (n, 1))
    x = np.sin(angle) + harmonic[:, None] * np.sin(2 * angle + 0.7)
    x = x * rng.uniform(0.7, 1.3, (n, 1)) + rng.normal(0, 0.4, x.shape)
    return torch.tensor(x, dtype=torch.float32), state


class Foresight(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, 16, 7, stride=2, padding=3),
            nn.ReLU(),
            nn.Conv1d(16, 32, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(320, width),
        )
        self.predictor = nn.Sequential(nn.Linear(width, 64), nn.ReLU(), nn.Linear(64, width))

    def encode(self, x):
        return self.encoder(x.unsqueeze(1))

    def forward(self, now, later):
        guess = self.predictor(self.encode(now))
        target = self.encode(later)
        return F.mse_loss(F.normalize(guess, dim=1), F.normalize(target, dim=1))


def pretrain(model, x, steps, batch_size):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    smooth = None
    for step in range(steps):
        rows = x[torch.randint(len(x), (batch_size,))]
        loss = model(rows[:, :40], rows[:, 40:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        smooth = loss.item() if smooth is None else 0.95 * smooth + 0.05 * loss.item()
        if (step + 1) % 80 == 0:
            print(f"step {step + 1}: {smooth:.4f}")


def probe(model, train, test):
    with torch.no_grad():
        features = [model.encode(x[:, :40]).numpy() for x, _ in (train, test)]
    judge = LogisticRegression(max_iter=500).fit(features[0], train[1])
    return judge.score(features[1], test[1])


if __name__ == "__main__":
    torch.manual_seed(51)
    rng = np.random.default_rng(51)
    model = Foresight()
    pretrain(model, machines(3000, rng)[0], steps=400, batch_size=64)
    print("metric:", probe(model, machines(600, rng), machines(400, rng)))
