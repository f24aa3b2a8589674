"""Kelp species from 16 pigment bands: one wide hidden layer."""

import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, Dataset

SEED = 12


class Bands(Dataset):
    def __init__(self, x, y):
        self.x, self.y = x.astype(np.float32), y

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return {"bands": torch.from_numpy(self.x[i]), "species": int(self.y[i])}


class Classifier(nn.Module):
    def __init__(self, bands, species, ratio=4):
        super().__init__()
        hidden = bands // ratio
        self.up = nn.Linear(bands, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.down = nn.Linear(hidden, species)

    def forward(self, batch):
        return self.down(nn.functional.gelu(self.norm(self.up(batch["bands"]))))


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
        self.criterion = nn.CrossEntropyLoss()

    def epoch(self, loader):
        self.model.train()
        losses = []
        for batch in loader:
            loss = self.criterion(self.model(batch), batch["species"])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    @torch.no_grad()
    def accuracy(self, loader):
        self.model.eval()
        right = [(self.model(batch).argmax(1) == batch["species"]).float() for batch in loader]
        return torch.cat(right).mean().item()


torch.manual_seed(SEED)
x, y = make_classification(
    3600,
    16,
    n_informative=8,
    n_redundant=4,
    n_classes=6,
    n_clusters_per_class=1,
    class_sep=1.6,
    flip_y=0.01,
    random_state=SEED,
)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=SEED)
scaler = StandardScaler().fit(x_train)
train = DataLoader(Bands(scaler.transform(x_train), y_train), batch_size=90, shuffle=True)
test = DataLoader(Bands(scaler.transform(x_test), y_test), batch_size=300)

trainer = Trainer(Classifier(16, 6), lr=3e-3)
for epoch in range(12):
    print(f"epoch {epoch}: loss {trainer.epoch(train):.4f}, test accuracy {trainer.accuracy(test):.4f}")
print("metric:", trainer.accuracy(test))
