import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Clips(Dataset):
    """48-sample clips of four sounds; training clips are shifted, scaled and dirtied at random."""

    def __init__(self, n, seed, augment):
        rng = np.random.default_rng(seed)
        self.label = rng.integers(0, 4, n)
        t = np.arange(48)
        rise = np.array([0.2, 0.35, 0.5, 0.65])[self.label][:, None]
        self.wave = (np.sin(rise * t + rng.uniform(0, 6.28, (n, 1))) + 0.3 * rng.normal(size=(n, 48))).astype(np.float32)
        self.augment = augment

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        wave = self.wave[i]
        if self.augment:
            wave = np.roll(wave, np.random.randint(-6, 7)) * np.random.uniform(0.8, 1.2)
            wave = wave + np.random.normal(0, 0.2, wave.shape)
        return torch.as_tensor(wave, dtype=torch.float32)[None], int(self.label[i])


class ClipNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(1, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(16, 16, 5, padding=2), nn.ReLU())
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(self.conv(x).amax(2))


def seed_worker(worker_id):
    np.random.seed(torch.initial_seed() % 2 ** 32)


parser = argparse.ArgumentParser()
parser.add_argument('--workers', type=int, default=2)
parser.add_argument('--seed', type=int, default=0)
parser.add_argument('--epochs', type=int, default=6)
parser.add_argument('--lr', type=float, default=5e-3)
args = parser.parse_args([])


def main():
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    train = DataLoader(Clips(1600, 1, True), batch_size=32, shuffle=True, num_workers=args.workers,
                       worker_init_fn=seed_worker, generator=generator)
    test = DataLoader(Clips(400, 2, False), batch_size=200)
    model = ClipNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for x, y in train:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f'epoch {epoch} loss {total / len(train):.3f}')
    model.eval()
    with torch.no_grad():
        print('metric:', sum((model(x).argmax(1) == y).sum().item() for x, y in test) / 400)


if __name__ == '__main__':
    main()
