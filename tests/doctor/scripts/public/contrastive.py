"""Contrastive learning of two noisy views (NT-Xent), then a linear probe on the frozen features."""

import torch
import torch.nn as nn
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from fingerprint import fingerprint
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor(digits.images / 8 - 1, dtype=torch.float32).unsqueeze(1)
y = torch.tensor(digits.target)


def view(x):
    x = torch.roll(x, (int(torch.randint(-1, 2, ())), int(torch.randint(-1, 2, ()))), (2, 3))
    return x * (0.8 + 0.4 * torch.rand(len(x), 1, 1, 1)) + 0.1 * torch.randn_like(x)


def nt_xent(z1, z2, temperature=0.5):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = z @ z.t() / temperature
    sim.fill_diagonal_(float("-inf"))
    n = len(z1)
    return F.cross_entropy(sim, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]))


class SimCLR(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(), nn.Linear(512, 64), nn.ReLU(),
        )  # fmt: skip
        self.projector = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 24))

    def forward(self, x):
        return self.projector(self.backbone(x))


model = SimCLR()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-6)
for epoch in range(5):
    model.train()
    total = 0.0
    for (x,) in DataLoader(TensorDataset(X[:1280]), 128, shuffle=True):
        loss = nt_xent(model(view(x)), model(view(x)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch}: {total / 10:.4f}")
model.eval()
with torch.no_grad():
    features = model.backbone(X)
mean, std = features[:1280].mean(0), features[:1280].std(0) + 1e-6
features = (features - mean) / std
probe = nn.Linear(64, 10)
optimizer = torch.optim.SGD(probe.parameters(), lr=0.1, momentum=0.9)
for epoch in range(6):
    for rows in torch.randperm(1280).split(64):
        loss = F.cross_entropy(probe(features[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(f"probe {epoch}: {(probe(features[1280:]).argmax(1) == y[1280:]).float().mean().item():.4f}")
fingerprint(model, probe)
