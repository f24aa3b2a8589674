import argparse

import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from torch.utils.data import DataLoader, Subset, TensorDataset


def split_indices(n, part, valid_share=0.25, generator=None):
    order = torch.randperm(n, generator=generator)
    cut = int(n * valid_share)
    return (order[cut:] if part == 'train' else order[:cut]).tolist()


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.down(torch.nn.functional.silu(self.up(self.norm(x))))


class TabularResNet(nn.Module):
    def __init__(self, n_features, n_classes, width=32, depth=2):
        super().__init__()
        self.embed = nn.Linear(n_features, width)
        self.blocks = nn.Sequential(*[ResidualBlock(width) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, n_classes)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.embed(x))))


def evaluate(model, loader):
    model.eval()
    right = count = 0
    with torch.no_grad():
        for x, y in loader:
            right += (model(x).argmax(1) == y).sum().item()
            count += len(y)
    return right / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--epochs', type=int, default=8)
    parser.add_argument('--batch-size', type=int, default=30)
    parser.add_argument('--lr', type=float, default=1e-3)
    parser.add_argument('--seed', type=int, default=2)
    args = parser.parse_args([])
    torch.manual_seed(args.seed)
    X, y = make_classification(3000, 20, n_informative=8, n_redundant=4, n_classes=4, class_sep=1.5,
                               n_clusters_per_class=1, flip_y=0.02, random_state=args.seed)
    X, y = torch.tensor(X).float(), torch.tensor(y)
    work, unseen = slice(0, 2000), slice(2000, 3000)
    train_idx = split_indices(2000, 'train', generator=torch.Generator().manual_seed(args.seed))
    valid_idx = split_indices(2000, 'valid', generator=torch.Generator().manual_seed(args.seed))
    mean, std = X[work][train_idx].mean(0), X[work][train_idx].std(0)
    X = (X - mean) / std
    table = TensorDataset(X[work], y[work])
    train = DataLoader(Subset(table, train_idx), batch_size=args.batch_size, shuffle=True)
    valid = DataLoader(Subset(table, valid_idx), batch_size=250)
    model = TabularResNet(20, 4)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs * len(train))
    for epoch in range(args.epochs):
        model.train()
        for x, t in train:
            loss = nn.functional.cross_entropy(model(x), t)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
        print(f'epoch {epoch} last loss {loss.item():.3f} valid acc {evaluate(model, valid):.3f}')
    print('metric:', evaluate(model, DataLoader(TensorDataset(X[unseen], y[unseen]), batch_size=500)))


if __name__ == '__main__':
    main()
