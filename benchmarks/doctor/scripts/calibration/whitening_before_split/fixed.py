from dataclasses import dataclass

import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class PipelineConfig:
    components: int = 24
    hidden: int = 64
    epochs: int = 15
    batch_size: int = 50
    lr: float = 2e-3
    seed: int = 5


class DigitPipeline:
    def __init__(self, cfg):
        self.cfg = cfg
        self.pca = PCA(cfg.components, whiten=True, random_state=cfg.seed)

    def setup(self):
        X, y = load_digits(return_X_y=True)
        X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=497, stratify=y, random_state=self.cfg.seed)
        self.pca.fit(X_train)
        self.train = self.wrap(X_train, y_train)
        self.val = self.wrap(X_val, y_val)

    def wrap(self, X, y):
        return TensorDataset(torch.from_numpy(self.pca.transform(X)).float(), torch.from_numpy(y).long())

    def loaders(self):
        return (DataLoader(self.train, self.cfg.batch_size, shuffle=True), DataLoader(self.val, 256))


class ComponentMLP(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.hidden = nn.Linear(cfg.components, cfg.hidden)
        self.dropout = nn.Dropout(0.2)
        self.output = nn.Linear(cfg.hidden, 10)

    def forward(self, z):
        return self.output(self.dropout(torch.relu(self.hidden(z))))


def train(cfg):
    torch.manual_seed(cfg.seed)
    pipeline = DigitPipeline(cfg)
    pipeline.setup()
    train_loader, val_loader = pipeline.loaders()
    model = ComponentMLP(cfg)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        model.train()
        for z, y in train_loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(z), y)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            acc = sum((model(z).argmax(1) == y).sum().item() for z, y in val_loader) / len(pipeline.val)
        print(f'epoch {epoch + 1}/{cfg.epochs} val acc {acc:.4f}')
    return acc


print('metric:', train(PipelineConfig()))
