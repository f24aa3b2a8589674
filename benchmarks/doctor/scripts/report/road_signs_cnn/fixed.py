"""Small road-sign classifier (drawn 16x16 signs, six shapes)."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

SIZE = 16
SHAPES = ["disc", "ring", "triangle", "square", "bar", "cross"]


def draw(kind, rng):
    yy, xx = np.mgrid[:SIZE, :SIZE]
    cy, cx = rng.uniform(6, 9, 2)
    r = rng.uniform(4, 6)
    dy, dx = yy - cy, xx - cx
    dist = np.hypot(dy, dx)
    if kind == "disc":
        mask = dist < r
    elif kind == "ring":
        mask = (dist < r) & (dist > r - 2)
    elif kind == "triangle":
        mask = (dy < r * 0.7) & (dy > 2 * np.abs(dx) - r)
    elif kind == "square":
        mask = np.maximum(np.abs(dy), np.abs(dx)) < r * 0.8
    elif kind == "bar":
        mask = (np.abs(dy) < 1.6) & (np.abs(dx) < r)
    else:
        mask = ((np.abs(dy) < 1.3) | (np.abs(dx) < 1.3)) & (dist < r)
    image = mask * rng.uniform(0.5, 1.0) + rng.normal(0, 0.15, (SIZE, SIZE))
    return image.astype(np.float32)


class Signs(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(len(SHAPES), size=n)
        self.images = np.stack([draw(SHAPES[k], rng) for k in self.labels])
        self.images = (self.images - 0.2) / 0.35

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.images[i]).unsqueeze(0).float(), int(self.labels[i])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc1 = nn.Linear(16 * 4 * 4, 64)
        self.fc2 = nn.Linear(64, len(SHAPES))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)


def train(model, loader, optimizer, epoch):
    model.train()
    for step, (images, labels) in enumerate(loader):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            print(f"Train Epoch: {epoch} [{step}/{len(loader)}]\tLoss: {loss.item():.4f}")


def test(model, loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(1) == labels).sum().item()
    return correct / len(loader.dataset)


def main():
    torch.manual_seed(1)
    train_loader = DataLoader(Signs(1200, 1), batch_size=50, shuffle=True)
    test_loader = DataLoader(Signs(400, 2), batch_size=200)
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(1, 8):
        train(model, train_loader, optimizer, epoch)
    print(f"metric: {test(model, test_loader):.4f}")


if __name__ == "__main__":
    main()
