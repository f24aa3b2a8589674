"""Which of eight compass sectors does the boat head for? Pictures drawn with numpy."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

N_SECTORS = 8


def boat(angle, rng):
    """A wedge with a bright bow on a noisy sea, 16 x 16."""
    v, u = np.mgrid[:16, :16] - 7.5
    u, v = u - rng.uniform(-1.5, 1.5), v - rng.uniform(-1.5, 1.5)
    along = u * np.cos(angle) + v * np.sin(angle)
    across = -u * np.sin(angle) + v * np.cos(angle)
    hull = (np.abs(along) < 5) & (np.abs(across) < (5 - along) * 0.3)
    return hull * (0.7 + 0.06 * along) + rng.normal(0, 0.1, (16, 16))


def to_sector(angle):
    return (angle // np.pi * N_SECTORS / 2).astype(np.int64)


def dataset(n, seed):
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, n)
    images = np.stack([boat(a, rng) for a in angle]).astype(np.float32)[:, None]
    return torch.from_numpy(images), torch.from_numpy(to_sector(angle)), angle


def main():
    torch.manual_seed(9)
    x, y, _ = dataset(1600, 1)
    xt, _, heading = dataset(500, 2)
    mean, std = x.mean(), x.std()
    loader = DataLoader(TensorDataset((x - mean) / std, y), batch_size=64, shuffle=True)

    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 24, 3, padding=1), nn.GroupNorm(4, 24), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(24 * 16, N_SECTORS),
    )  # fmt: skip
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    for epoch in range(10):
        seen = right = 0
        total = 0.0
        for xb, yb in loader:
            out = model(xb)
            loss = nn.functional.cross_entropy(out, yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(xb)
            seen += len(xb)
            right += (out.argmax(1) == yb).sum().item()
        print(f"epoch {epoch}: loss {total / seen:.4f} train acc {right / seen:.3f}")

    with torch.no_grad():
        sector = model((xt - mean) / std).argmax(1).numpy()
    low = sector * 2 * np.pi / N_SECTORS
    inside = (heading >= low) & (heading < low + 2 * np.pi / N_SECTORS)
    print("metric:", inside.mean())


main()
