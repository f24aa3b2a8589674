from dataclasses import dataclass

import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler


@dataclass
class Config:
    batch_size: int = 64
    epochs: int = 12
    lr: float = 1e-3
    weight_decay: float = 1e-2
    hidden: int = 48
    dropout: float = 0.1


class DefectDetector(nn.Module):
    def __init__(self, n_in, hidden, dropout):
        super().__init__()
        self.block1 = nn.Sequential(nn.Linear(n_in, hidden), nn.LayerNorm(hidden), nn.ReLU(), nn.Dropout(dropout))
        self.block2 = nn.Sequential(nn.Linear(hidden, hidden), nn.LayerNorm(hidden), nn.ReLU(), nn.Dropout(dropout))
        self.head = nn.Linear(hidden, 2)

    def forward(self, x):
        return self.head(self.block2(self.block1(x)))


class DataModule:
    def __init__(self, cfg):
        self.cfg = cfg
        X, y = make_classification(n_samples=3500, n_features=15, n_informative=6, n_redundant=2, weights=[0.95],
                                   class_sep=1.1, flip_y=0.0, random_state=6)
        X = torch.tensor(X, dtype=torch.float32)
        y = torch.tensor(y)
        train, test = train_test_split(torch.arange(len(y)).numpy(), test_size=1500, stratify=y, random_state=0)
        mean, std = X[train].mean(0), X[train].std(0)
        X = (X - mean) / std
        self.train_set = TensorDataset(X[train], y[train])
        self.test_set = TensorDataset(X[test], y[test])

    def train_loader(self):
        labels = self.train_set.tensors[1]
        counts = torch.bincount(labels).double()
        weights = (counts / counts.sum())[labels]
        sampler = WeightedRandomSampler(weights, num_samples=len(labels), replacement=True)
        return DataLoader(self.train_set, batch_size=self.cfg.batch_size, sampler=sampler)

    def test_loader(self):
        return DataLoader(self.test_set, batch_size=500)


def fit(model, loader, cfg):
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f'epoch {epoch + 1}: {total / len(loader):.4f}')


if __name__ == '__main__':
    torch.manual_seed(31)
    cfg = Config()
    module = DataModule(cfg)
    model = DefectDetector(15, cfg.hidden, cfg.dropout)
    fit(model, module.train_loader(), cfg)
    model.eval()
    with torch.no_grad():
        pred = torch.cat([model(x).argmax(1) for x, _ in module.test_loader()])
    print('metric:', balanced_accuracy_score(module.test_set.tensors[1], pred))
