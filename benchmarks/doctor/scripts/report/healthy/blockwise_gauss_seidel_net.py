"""Layers trained in turns: each sweep updates one block with its own optimiser while the others stand still."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(5)
bunch = load_digits()
order = np.random.default_rng(5).permutation(len(bunch.target))
images = torch.tensor(bunch.data[order] / 16.0, dtype=torch.float32) - 0.3
labels = torch.tensor(bunch.target[order])
x_train, y_train, x_test, y_test = images[:1400], labels[:1400], images[1400:], labels[1400:]

blocks = nn.ModuleDict(
    {
        "bottom": nn.Sequential(nn.Linear(64, 64), nn.ReLU()),
        "middle": nn.Sequential(nn.Linear(64, 48), nn.ReLU()),
        "top": nn.Linear(48, 10),
    }
)
optimizers = {name: torch.optim.SGD(block.parameters(), lr=0.15, momentum=0.8) for name, block in blocks.items()}


def network(x):
    for block in blocks.values():
        x = block(x)
    return x


def train_block(name, batches):
    for other, block in blocks.items():
        block.requires_grad_(other == name)
    total = 0.0
    for rows in batches:
        loss = nn.functional.cross_entropy(network(x_train[rows]), y_train[rows])
        optimizers[name].zero_grad()
        loss.backward()
        optimizers[name].step()
        total += loss.item()
    return total / len(batches)


for sweep in range(8):
    seen = {}
    for name in ("top", "middle", "bottom"):
        seen[name] = train_block(name, torch.randperm(1400).split(50))
    with torch.no_grad():
        accuracy = (network(x_test).argmax(1) == y_test).float().mean().item()
    print(f"sweep {sweep + 1}", {k: round(v, 4) for k, v in seen.items()}, f"accuracy {accuracy:.4f}")
print(f"metric: {accuracy:.4f}")
