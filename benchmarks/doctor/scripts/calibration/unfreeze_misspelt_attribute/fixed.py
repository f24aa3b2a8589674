"""Pre-train an encoder on rotated-digit prediction, then fine-tune it for digit classes.

stage 0: self-supervised (which of 4 rotations?)
stage 1: new head only, encoder frozen
stage 2: everything, smaller rate
"""
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


class Classifier(nn.Module):
    def __init__(self, encoder, n_classes):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(64, n_classes)

    def forward(self, x):
        return self.head(self.encoder(x))


def fit(model, x, y, epochs, opt, name, transform=None):
    for epoch in range(epochs):
        total = 0.0
        for ix in torch.randperm(len(x)).split(50):
            xb, yb = x[ix], (y[ix] if y is not None else None)
            if transform is not None:
                xb, yb = transform(xb)
            loss = nn.functional.cross_entropy(model(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(ix)
        print(f"{name} epoch {epoch}: loss {total / len(x):.4f}")


def rotate(x):
    k = torch.randint(0, 4, (len(x),))
    return torch.stack([torch.rot90(im, int(r), (1, 2)) for im, r in zip(x, k)]), k


@torch.no_grad()
def accuracy(model, x, y):
    return (model(x).argmax(1) == y).float().mean().item()


torch.manual_seed(20)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16 - 0.3, dtype=torch.float32).view(-1, 1, 8, 8)
Xtr, Xte, ytr, yte = train_test_split(X, torch.tensor(y), test_size=297, random_state=3, stratify=y)

encoder = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(8 * 16, 64), nn.ReLU())

pretext = Classifier(encoder, 4)
fit(pretext, Xtr, None, 6, torch.optim.Adam(pretext.parameters(), lr=2e-3), "rotation", rotate)

model = Classifier(encoder, 10)
for p in model.encoder.parameters():
    p.requires_grad = False
fit(model, Xtr, ytr, 3, torch.optim.Adam(model.head.parameters(), lr=5e-3), "head")
print("frozen:", accuracy(model, Xte, yte))

for p in model.encoder.parameters():
    p.requires_grad = True
groups = [{"params": model.encoder.parameters(), "lr": 3e-3}, {"params": model.head.parameters(), "lr": 3e-3}]
fit(model, Xtr, ytr, 9, torch.optim.Adam(groups), "all")
print("metric:", accuracy(model, Xte, yte))
