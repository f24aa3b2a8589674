"""Colourise drawn fruit: grey picture in, colour out, bounded between 0 and 1."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Fruit(Dataset):
    """Round is a plum, long is a banana, small is a cherry; the background is a green cloth."""

    COLOURS = np.array([[0.45, 0.15, 0.5], [0.9, 0.8, 0.2], [0.8, 0.1, 0.15]])

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[:16, :16]
        self.colour = np.empty((n, 3, 16, 16), dtype=np.float32)
        for i in range(n):
            kind = rng.integers(3)
            a, b = [(4.5, 4.5), (6.5, 2.2), (2.3, 2.3)][kind]
            cy, cx = rng.uniform(5, 11, 2)
            mask = ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1
            cloth = np.array([0.3, 0.55, 0.35])[:, None, None] * np.ones((3, 16, 16))
            picture = np.where(mask, self.COLOURS[kind][:, None, None], cloth) * rng.uniform(0.8, 1.1)
            self.colour[i] = (picture + rng.normal(0, 0.02, picture.shape)).clip(0, 1)
        self.grey = self.colour.mean(1, keepdims=True)

    def __len__(self):
        return len(self.grey)

    def __getitem__(self, i):
        return torch.from_numpy((self.grey[i] - 0.4) / 0.1), torch.from_numpy(self.colour[i])


def build():
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(16, 16, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(16, 16, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(16, 3, 1),
        nn.Sigmoid(),
    )


def main():
    torch.manual_seed(4)
    train = DataLoader(Fruit(400, 4), batch_size=25, shuffle=True)
    test = Fruit(100, 5)
    net = build()
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
    for epoch in range(12):
        net.train()
        losses = []
        for grey, colour in train:
            loss = nn.functional.mse_loss(net(grey), colour)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        print(f"epoch {epoch + 1}: {np.mean(losses):.5f}")
    net.eval()
    grey, colour = (torch.stack(part) for part in zip(*test, strict=True))
    with torch.no_grad():
        error = (net(grey) - colour).pow(2).mean()
        flat = (colour.mean((0, 2, 3), keepdim=True) - colour).pow(2).mean()
    print(f"metric: {1 - (error / flat).item():.4f}")


if __name__ == "__main__":
    main()
