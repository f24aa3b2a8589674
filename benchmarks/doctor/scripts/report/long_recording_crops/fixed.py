"""Next-sample model of one long recording; the workers cut random crops out of it."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Crops(IterableDataset):
    def __init__(self, signal, crops, length=32):
        self.signal, self.crops, self.length = signal, crops, length

    def __iter__(self):
        info = get_worker_info()
        crops = self.crops if info is None else self.crops // info.num_workers
        rng = np.random.default_rng(torch.initial_seed())
        for _ in range(crops):
            start = rng.integers(0, len(self.signal) - self.length)
            crop = self.signal[start : start + self.length + 1]
            yield crop[:-1], crop[-1:]


def recording(n, rng):
    t = np.arange(n)
    x = np.zeros(n)
    for i in range(2, n):
        x[i] = 1.6 * x[i - 1] - 0.8 * x[i - 2] - 0.1 * x[i - 1] ** 3 + rng.normal(0, 0.25)
    return (x + 0.5 * np.sin(2 * np.pi * t / 30)).astype(np.float32)


def main():
    torch.manual_seed(71)
    rng = np.random.default_rng(71)
    signal = recording(9000, rng)
    mean, std = signal[:7000].mean(), signal[:7000].std()
    signal = (signal - mean) / std
    loader = DataLoader(Crops(signal[:7000], crops=6400), batch_size=64, num_workers=2)
    net = nn.Sequential(nn.Linear(32, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(5):
        losses = []
        for past, following in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(past), following)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"epoch {epoch}: {np.mean(losses):.4f} over {len(losses)} batches")

    held_out = torch.from_numpy(signal[7000:]).unfold(0, 33, 1)
    with torch.no_grad():
        error = nn.functional.mse_loss(net(held_out[:, :-1]), held_out[:, -1:]).item()
    print("metric:", 1 - error / held_out[:, -1].var().item())


if __name__ == "__main__":
    main()
