"""An autoencoder is trained first; then its frozen encoder gets a head; then it is unfrozen at a lower rate."""

import torch
from fingerprint import fingerprint
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(11)
digits = load_digits()
X = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)
encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 24), nn.ReLU())
decoder = nn.Sequential(nn.Linear(24, 64), nn.ReLU(), nn.Linear(64, 64))
unlabelled = DataLoader(TensorDataset(X[:1200]), batch_size=64, shuffle=True)
labelled = DataLoader(TensorDataset(X[:600], y[:600]), batch_size=32, shuffle=True)
valid = DataLoader(TensorDataset(X[1200:], y[1200:]), batch_size=200)

autoencoder = nn.Sequential(encoder, decoder)
optimizer = torch.optim.Adam(autoencoder.parameters(), lr=2e-3)
for epoch in range(6):
    for (x,) in unlabelled:
        loss = nn.functional.mse_loss(autoencoder(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"pretraining {epoch}: {loss.item():.4f}")


class Classifier(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        return self.head(self.encoder(x))


def train_epoch(model, optimizer):
    model.train()
    for x, target in labelled:
        loss = nn.functional.cross_entropy(model(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.no_grad()
def accuracy(model):
    model.eval()
    return sum((model(x).argmax(1) == target).sum().item() for x, target in valid) / len(valid.dataset)


model = Classifier(encoder)
for parameter in model.encoder.parameters():
    parameter.requires_grad = False
optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-2)
for epoch in range(4):
    train_epoch(model, optimizer)
    print(f"frozen {epoch}: {accuracy(model):.4f}")
for parameter in model.encoder.parameters():
    parameter.requires_grad = True
optimizer.param_groups[0]["lr"] = 2e-3
optimizer.add_param_group({"params": model.encoder.parameters(), "lr": 1e-3})
for epoch in range(6):
    train_epoch(model, optimizer)
    print(f"unfrozen {epoch}: {accuracy(model):.4f}")
fingerprint(model)
