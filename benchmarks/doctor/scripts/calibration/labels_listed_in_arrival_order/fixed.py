import random

import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class ScanArchive:
    """Stand-in for the two stores of the lab: scans by id, and the annotation log."""

    def __init__(self, rng):
        images, classes = load_digits(return_X_y=True)
        ids = [f'scan-{k:05d}' for k in rng.sample(range(100000), len(classes))]
        self.scans = dict(zip(ids, images / 16.0))
        log = list(zip(ids, classes))
        rng.shuffle(log)
        self.annotations = {scan_id: int(c) for scan_id, c in log}


class ScanDataset(Dataset):
    def __init__(self, archive, ids, annotations):
        self.pixels = torch.tensor(np.stack([archive.scans[i] for i in ids]), dtype=torch.float32)
        self.labels = torch.tensor([annotations[i] for i in ids])

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, k):
        return self.pixels[k].view(1, 8, 8), self.labels[k]


class ScanNet(nn.Module):
    def __init__(self, channels=16, n_classes=10):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU())
        self.classifier = nn.Linear(channels * 16, n_classes)

    def forward(self, x):
        return self.classifier(self.encoder(x).flatten(1))


class Learner:
    def __init__(self, model, lr):
        self.model = model
        self.opt = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()

    def step(self, x, y):
        self.opt.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.opt.step()
        return loss.item()

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            self.model.train()
            losses = [self.step(x, y) for x, y in loader]
            print(f'epoch {epoch}: loss {np.mean(losses):.3f}')

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        return np.mean(np.concatenate([(self.model(x).argmax(1) == y).numpy() for x, y in loader]))


rng = random.Random(44)
torch.manual_seed(44)
archive = ScanArchive(rng)
ids = sorted(archive.scans)
rng.shuffle(ids)
split = 1350
train_ids, test_ids = ids[:split], ids[split:]
members = set(train_ids)
train_notes = {i: c for i, c in archive.annotations.items() if i in members}
learner = Learner(ScanNet(), lr=2e-3)
learner.fit(DataLoader(ScanDataset(archive, train_ids, train_notes), batch_size=30, shuffle=True), epochs=10)
test = ScanDataset(archive, test_ids, {i: archive.annotations[i] for i in test_ids})
print('metric:', learner.evaluate(DataLoader(test, batch_size=447)))
