import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.model_selection import train_test_split

SEED = 5
np.random.seed(SEED)
torch.manual_seed(SEED)

PATCH, BANDS, CROPS = 8, 8, 6
names = ["maize", "wheat", "beet", "potato", "fallow", "meadow"]


def make_cubes(n):
    """Patches as the sensor's software saves them: rows, columns, bands."""
    bands = np.linspace(0, 1, BANDS)
    crop = np.random.randint(0, CROPS, n)
    cubes = np.zeros((n, PATCH, PATCH, BANDS), dtype=np.float32)
    for i, k in enumerate(crop):
        spectrum = 0.5 + 0.25 * np.sin(5.0 * bands + 0.55 * k) + 0.1 * np.cos(9.0 * bands - 0.9 * k)
        light = np.random.uniform(0.6, 1.4)
        rows = np.sin(np.arange(PATCH) * (1.2 + 0.25 * (k % 3)) + np.random.uniform(0, 6.3))
        canopy = 1 + 0.15 * rows[:, None, None] + 0.12 * np.random.randn(PATCH, PATCH, 1)
        cubes[i] = light * spectrum * canopy + 0.12 * np.random.randn(PATCH, PATCH, BANDS)
    return cubes, crop


cubes, crop = make_cubes(2400)
x_train, x_test, y_train, y_test = train_test_split(cubes, crop, test_size=0.25, random_state=SEED, stratify=crop)
mean, std = x_train.mean(axis=(0, 1, 2)), x_train.std(axis=(0, 1, 2))


def to_tensor(x):
    x = (x - mean) / std
    return torch.from_numpy(x)


class CropNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.spectral = nn.Conv2d(BANDS, 24, kernel_size=1)
        self.spatial = nn.Conv2d(24, 32, kernel_size=3, padding=1)
        self.norm = nn.BatchNorm2d(32)
        self.fc = nn.Linear(32, CROPS)

    def forward(self, x):
        x = F.relu(self.spectral(x))
        x = F.relu(self.norm(self.spatial(x)))
        return self.fc(x.mean(dim=(2, 3)))


x_train, x_test = to_tensor(x_train), to_tensor(x_test)
y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)
net = CropNet()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)

for epoch in range(8):
    net.train()
    total = 0
    for idx in torch.randperm(len(x_train)).split(60):
        out = net(x_train[idx])
        loss = F.cross_entropy(out, y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    net.eval()
    with torch.no_grad():
        accuracy = (net(x_test).argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch + 1:2d}: loss {total / len(x_train):.4f}, test accuracy {accuracy:.4f}")
print(f"metric: {accuracy:.4f}")
