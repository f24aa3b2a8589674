"""Fine-tuning: a body trained on one task, frozen, gets a new head for another."""

import copy
import hashlib

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(5)
digits = load_digits()
X = torch.tensor(digits.data, dtype=torch.float32)
X = (X - X[:1200].mean()) / X[:1200].std()
y = torch.tensor(digits.target)


def train(model, parameters, rows, targets, epochs, lr):
    optimizer = torch.optim.AdamW(parameters, lr=lr)
    for epoch in range(epochs):
        model.train()
        for batch in torch.randperm(len(rows)).split(64):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(rows[batch]), targets[batch])
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracy = (
                (model(X[1200:]).argmax(1) == (y[1200:] if model[-1].out_features == 10 else y[1200:] % 2))
                .float()
                .mean()
            )
        print(f"epoch {epoch}: loss {loss.item():.4f}, accuracy {accuracy:.4f}")


body = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 32), nn.ReLU())
first = nn.Sequential(*body, nn.Linear(32, 10))
train(first, first.parameters(), X[:1200], y[:1200], 6, 3e-3)

frozen = copy.deepcopy(first)[:-1]
for parameter in frozen.parameters():
    parameter.requires_grad = False
second = nn.Sequential(*frozen, nn.Linear(32, 2))
train(second, second[-1].parameters(), X[:600], y[:600] % 2, 5, 1e-2)
weights = [p.detach().numpy().tobytes() for p in [*first.parameters(), *second.parameters()]]
print("weights", hashlib.sha256(b"".join(weights)).hexdigest())
