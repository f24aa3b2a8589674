"""Metric learning: one net called three times a step, a triplet loss with margin, nearest neighbours to judge it."""

import numpy as np
import torch
import torch.nn as nn
from fingerprint import fingerprint
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset

np.random.seed(0)  # noqa: NPY002 - as in most scripts
torch.manual_seed(0)


class TripletDigits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels
        self.by_class = {c: np.flatnonzero(labels == c) for c in range(10)}

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        label = self.labels[index]
        positive = np.random.choice(self.by_class[label])  # noqa: NPY002
        other = np.random.choice([c for c in range(10) if c != label])  # noqa: NPY002
        negative = np.random.choice(self.by_class[other])  # noqa: NPY002
        return self.images[index], self.images[positive], self.images[negative]


class EmbeddingNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.convnet = nn.Sequential(
            nn.Conv2d(1, 16, 3), nn.PReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.PReLU()
        )
        self.fc = nn.Sequential(nn.Linear(32 * 9, 64), nn.PReLU(), nn.Linear(64, 16))

    def forward(self, x):
        output = self.convnet(x)
        return self.fc(output.view(output.size()[0], -1))


class TripletNet(nn.Module):
    def __init__(self, embedding_net):
        super().__init__()
        self.embedding_net = embedding_net

    def forward(self, x1, x2, x3):
        return self.embedding_net(x1), self.embedding_net(x2), self.embedding_net(x3)


digits = load_digits()
images, labels = torch.tensor(digits.images / 8 - 1, dtype=torch.float32).unsqueeze(1), digits.target
loader = DataLoader(TripletDigits(images[:1200], labels[:1200]), batch_size=64, shuffle=True)
model = TripletNet(EmbeddingNet())
loss_fn = nn.TripletMarginLoss(margin=1.0)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, gamma=0.5)
for epoch in range(6):
    model.train()
    losses = []
    for anchor, positive, negative in loader:
        optimizer.zero_grad()
        outputs = model(anchor, positive, negative)
        loss = loss_fn(*outputs)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        known, asked = model.embedding_net(images[:1200]), model.embedding_net(images[1200:])
        nearest = torch.cdist(asked, known).argmin(1).numpy()
    print(
        f"epoch {epoch}: loss {np.mean(losses):.4f}, nearest neighbour {(labels[nearest] == labels[1200:]).mean():.3f}"
    )
fingerprint(model)
