"""Barlow twins on noisy multichannel readings; a linear probe tells what the features are worth."""

import torch
from torch import nn

torch.manual_seed(26)
STATES, LATENT, CHANNELS = 4, 6, 40
centre = 1.6 * torch.randn(STATES, LATENT)
mixing = torch.randn(LATENT, CHANNELS) / LATENT**0.5


def latent(n):
    state = torch.randint(STATES, (n,))
    return centre[state] + 0.7 * torch.randn(n, LATENT), state


def view(z):
    """One noisy look through the sensors, some of which are off."""
    x = torch.tanh(z @ mixing) + 0.3 * torch.randn(len(z), CHANNELS)
    return x * (torch.rand(len(z), CHANNELS) > 0.15)


encoder = nn.Sequential(nn.Linear(CHANNELS, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 32))
projector = nn.Sequential(nn.Linear(32, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 16))
optimizer = torch.optim.Adam([*encoder.parameters(), *projector.parameters()], lr=2e-3, weight_decay=1e-5)
pool, _ = latent(2048)
for epoch in range(20):
    encoder.train()
    projector.train()
    total = 0.0
    for idx in torch.randperm(2048).split(128):
        a, b = (projector(encoder(view(pool[idx]))) for _ in range(2))
        a = (a - a.mean(0)) / a.std(0)
        b = (b - b.mean(0)) / b.std(0)
        c = a.T @ b / len(idx)
        on = (c.diagonal() - 1).pow(2).sum()
        off = (c - torch.diag(c.diagonal())).pow(2).sum()
        loss = on + 0.02 * off
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: {total / 16:.3f}")

encoder.eval()
with torch.no_grad():
    z, state = latent(600)
    z_test, state_test = latent(600)
    h, h_test = encoder(view(z)), encoder(view(z_test))
    mean, std = h.mean(0), h.std(0)
    h, h_test = (h - mean) / std, (h_test - mean) / std
probe = nn.Linear(32, STATES)
optimizer = torch.optim.Adam(probe.parameters(), lr=0.01)
for _ in range(60):
    loss = nn.functional.cross_entropy(probe(h), state)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"probe loss {loss.item():.4f}")
with torch.no_grad():
    print(f"metric: {(probe(h_test).argmax(1) == state_test).float().mean().item():.4f}")
