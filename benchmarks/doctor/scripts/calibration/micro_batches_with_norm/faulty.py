import argparse

import torch
from sklearn.datasets import make_classification
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build_parser():
    p = argparse.ArgumentParser()
    p.add_argument('--batch-size', type=int, default=32, help='rows per optimiser step')
    p.add_argument('--accumulate', type=int, default=16, help='micro-batches per optimiser step')
    p.add_argument('--epochs', type=int, default=8)
    p.add_argument('--lr', type=float, default=3e-3)
    return p


class NormedMLP(nn.Module):
    def __init__(self, d, k, width=48):
        super().__init__()
        self.layer1 = nn.Sequential(nn.Linear(d, width, bias=False), nn.BatchNorm1d(width), nn.ReLU())
        self.layer2 = nn.Sequential(nn.Linear(width, width, bias=False), nn.BatchNorm1d(width), nn.ReLU())
        self.output = nn.Linear(width, k)

    def forward(self, x):
        return self.output(self.layer2(self.layer1(x)))


def train(model, data, args):
    micro = args.batch_size // args.accumulate
    loader = DataLoader(data, batch_size=micro, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        model.train()
        running = 0.0
        optimizer.zero_grad()
        for i, (x, y) in enumerate(loader, 1):
            loss = criterion(model(x), y) / args.accumulate
            loss.backward()
            running += loss.item() * args.accumulate
            if i % args.accumulate == 0:
                optimizer.step()
                optimizer.zero_grad()
        print(f'epoch {epoch} loss {running / len(loader):.4f}')


def main():
    args = build_parser().parse_args([])
    torch.manual_seed(9)
    X, y = make_classification(1780, 16, n_informative=9, n_redundant=3, n_classes=5, n_clusters_per_class=1,
                               class_sep=1.3, flip_y=0.0, random_state=14)
    X, y = torch.tensor(X).float(), torch.tensor(y)
    mean, std = X[:1280].mean(0), X[:1280].std(0)
    X = (X - mean) / std
    model = NormedMLP(16, 5)
    train(model, TensorDataset(X[:1280], y[:1280]), args)
    model.eval()
    with torch.no_grad():
        print('metric:', (model(X[1280:]).argmax(1) == y[1280:]).float().mean().item())


if __name__ == '__main__':
    main()
