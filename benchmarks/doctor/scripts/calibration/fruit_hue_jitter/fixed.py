"""Sort berries by ripeness (unripe green, turning yellow, ripe red, overripe dark purple) from small RGB crops."""

import math

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

COLOURS = np.array([[0.45, 0.70, 0.25], [0.80, 0.72, 0.20], [0.80, 0.20, 0.18], [0.38, 0.16, 0.36]])


class Berries(Dataset):
    def __init__(self, n, seed, transform=None):
        rng = np.random.default_rng(seed)
        self.label = rng.integers(0, 4, n)
        v, u = np.mgrid[:14, :14] - 6.5
        crops = []
        for k in self.label:
            cx, cy = rng.uniform(-1.5, 1.5, 2)
            d = np.hypot((u - cx) / rng.uniform(0.8, 1.2), v - cy)
            inside = (d < rng.uniform(4, 6))[..., None]
            light = rng.uniform(0.7, 1.15) * (1 - 0.04 * d)[..., None]
            berry = (COLOURS[k] + rng.normal(0, 0.07, 3)) * light
            leaf = np.array([0.25, 0.35, 0.2]) * rng.uniform(0.6, 1.2)
            crops.append(np.where(inside, berry, leaf) + rng.normal(0, 0.05, (14, 14, 3)))
        self.image = torch.tensor(np.stack(crops), dtype=torch.float32).permute(0, 3, 1, 2).clamp(0, 1)
        self.transform = transform

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        image = self.image[i]
        if self.transform is not None:
            image = self.transform(image)
        return (image - 0.4) / 0.25, int(self.label[i])


class HueJitter:
    """Turn the colours about the grey axis by up to ``hue`` of a full circle, as torchvision's ColorJitter does."""

    def __init__(self, hue):
        self.hue = hue

    def __call__(self, image):
        a = (torch.rand(()).item() * 2 - 1) * self.hue * 2 * math.pi
        c, s = math.cos(a), math.sin(a) / math.sqrt(3)
        m, p, q = c + (1 - c) / 3, (1 - c) / 3 - s, (1 - c) / 3 + s
        turn = torch.tensor([[m, p, q], [q, m, p], [p, q, m]])
        return torch.einsum("ij,jhw->ihw", turn, image).clamp(0, 1)


class Compose:
    def __init__(self, *steps):
        self.steps = steps

    def __call__(self, image):
        for step in self.steps:
            image = step(image)
        return image


def flip(image):
    return image.flip(-1) if torch.rand(()) < 0.5 else image


torch.manual_seed(3)
train = DataLoader(Berries(700, 1, Compose(flip, HueJitter(hue=0.02))), batch_size=35, shuffle=True)
valid = DataLoader(Berries(400, 2), batch_size=100)

model = nn.Sequential(
    nn.Conv2d(3, 12, 3, stride=2), nn.BatchNorm2d(12), nn.ReLU(),
    nn.Conv2d(12, 24, 3), nn.BatchNorm2d(24), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 4),
)  # fmt: skip
opt = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-3)

for epoch in range(10):
    model.train()
    total = 0.0
    for xb, yb in train:
        loss = nn.functional.cross_entropy(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    model.eval()
    good = 0
    with torch.no_grad():
        for xb, yb in valid:
            good += (model(xb).argmax(1) == yb).sum().item()
    print(f"epoch {epoch + 1}: loss {total / len(train):.3f} valid {good / 400:.3f}")
print("metric:", good / 400)
