"""Hand shadows on a low-resolution thermal camera: which of four gestures?"""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


def frame(gesture, rng):
    """A 12x16 picture, 0..255, warm hand on a cool wall."""
    y, x = np.mgrid[:12, :16].astype(float)
    cx, cy = rng.uniform(5, 10), rng.uniform(5, 7)
    warm = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 6)
    fingers = {0: [], 1: [0.0], 2: [-0.5, 0.5], 3: [-0.9, 0.0, 0.9]}[gesture]
    for angle in fingers:
        along = (x - cx) * np.sin(angle) - (y - cy) * np.cos(angle)
        across = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
        warm = np.maximum(warm, 0.9 * (along > 0) * (along < 5.5) * np.exp(-(across**2) / 0.7))
    picture = 60 + 140 * rng.uniform(0.8, 1.0) * warm + rng.normal(0, 8, warm.shape)
    return picture.clip(0, 255).astype(np.uint8)


class Frames(Dataset):
    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        self.y = rng.integers(0, 4, count)
        raw = np.stack([frame(int(k), rng) for k in self.y])
        self.x = (raw / 255.0).astype(np.uint8)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]).float().unsqueeze(0), torch.tensor(self.y[i])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.head = nn.Sequential(nn.Linear(24 * 3 * 4, 48), nn.ReLU(), nn.Linear(48, 4))

    def forward(self, x):
        return self.head(self.body(x))


torch.manual_seed(23)
train_loader = DataLoader(Frames(1000, seed=100), batch_size=40, shuffle=True)
test_loader = DataLoader(Frames(400, seed=101), batch_size=400)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(12):
    model.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    print(f"epoch {epoch + 1}: {running / len(train_loader):.4f}")

model.eval()
hits = total = 0
with torch.no_grad():
    for x, y in test_loader:
        hits += (model(x).argmax(1) == y).sum().item()
        total += len(y)
print("metric:", hits / total)
