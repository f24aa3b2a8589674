"""A script that ends with sys.exit once it is good enough, from inside two functions and a with block."""

import logging
import sys
import tempfile
from pathlib import Path

import torch
from fingerprint import fingerprint
from sklearn.datasets import load_iris
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
log = logging.getLogger("train")


def load():
    X, y = load_iris(return_X_y=True)
    X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    order = torch.randperm(len(X))
    X, y = X[order], y[order]
    X = (X - X[:110].mean(0)) / X[:110].std(0)
    return TensorDataset(X[:110], y[:110]), TensorDataset(X[110:], y[110:])


def finish(model, folder):
    torch.save({"model": model.state_dict()}, Path(folder) / "best.pt")
    model.load_state_dict(torch.load(Path(folder) / "best.pt", weights_only=True)["model"])
    fingerprint(model)
    sys.exit(0)


def main():
    torch.manual_seed(0)
    train_set, valid_set = load()
    model = nn.Sequential(nn.Linear(4, 24), nn.SiLU(), nn.Linear(24, 24), nn.SiLU(), nn.Linear(24, 3))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3)
    with tempfile.TemporaryDirectory() as folder:
        for epoch in range(40):
            model.train()
            for x, y in DataLoader(train_set, 10, shuffle=True):
                loss = nn.functional.cross_entropy(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                x, y = valid_set.tensors
                accuracy = (model(x).argmax(1) == y).float().mean().item()
            log.info("epoch %d: %.3f", epoch, accuracy)
            if epoch >= 9 and accuracy >= 0.9:
                finish(model, folder)


if __name__ == "__main__":
    main()
