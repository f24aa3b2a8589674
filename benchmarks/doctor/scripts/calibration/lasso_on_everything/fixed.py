import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


class SpectraDataset(Dataset):
    """Absorption spectra of six mixtures; most of the 60 bands carry nothing."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.y = torch.randint(0, 6, (n,), generator=g)
        base = torch.Generator().manual_seed(1234)
        lines = torch.zeros(6, 60)
        for k in range(6):
            lines[k, torch.randperm(60, generator=base)[:5]] = 1.6
        self.x = torch.randn(n, 60, generator=g) + lines[self.y] * (0.8 + 0.4 * torch.rand(n, 1, generator=g))

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class SparseNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.select = nn.Linear(60, width)
        self.combine = nn.Linear(width, width)
        self.classify = nn.Linear(width, 6)

    def forward(self, x):
        return self.classify(F.relu(self.combine(F.relu(self.select(x)))))

    def l1(self):
        return sum(p.abs().sum() for n, p in self.named_parameters() if n.endswith('weight'))


class SparseTrainer:
    def __init__(self, args):
        self.args = args
        self.model = SparseNet(args.width)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr)

    def train_one_epoch(self, loader):
        self.model.train()
        ce_sum = 0.0
        for x, y in loader:
            ce = F.cross_entropy(self.model(x), y)
            loss = ce + self.args.l1 * self.model.l1()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            ce_sum += ce.item()
        return ce_sum / len(loader)

    def evaluate(self, loader):
        self.model.eval()
        with torch.no_grad():
            return sum((self.model(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--width', type=int, default=32)
    parser.add_argument('--lr', type=float, default=2e-3)
    parser.add_argument('--l1', type=float, default=3e-4)
    parser.add_argument('--epochs', type=int, default=15)
    args = parser.parse_args([])
    torch.manual_seed(27)
    train = DataLoader(SpectraDataset(1500, 1), batch_size=50, shuffle=True)
    test = DataLoader(SpectraDataset(500, 2), batch_size=250)
    trainer = SparseTrainer(args)
    for epoch in range(args.epochs):
        print(f'epoch {epoch:2d} cross-entropy {trainer.train_one_epoch(train):.4f}')
    print('metric:', trainer.evaluate(test))
