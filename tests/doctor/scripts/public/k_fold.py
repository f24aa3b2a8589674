"""Cross-validation in five folds: a new model, optimizer and scaler for each, one after the other in one script."""

import numpy as np
import torch
from fingerprint import fingerprint
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def reset_weights(m):
    if hasattr(m, "reset_parameters"):
        m.reset_parameters()


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        return self.layers(x)


torch.manual_seed(42)
X, y = load_breast_cancer(return_X_y=True)
results, last = {}, []
for fold, (train_ids, test_ids) in enumerate(StratifiedKFold(n_splits=5, shuffle=True, random_state=1).split(X, y)):
    print(f"FOLD {fold}")
    scaler = StandardScaler().fit(X[train_ids])
    part = lambda rows: TensorDataset(  # noqa: E731
        torch.tensor(scaler.transform(X[rows]), dtype=torch.float32),  # noqa: B023 - used in the same round
        torch.tensor(y[rows], dtype=torch.float32).unsqueeze(1),
    )
    trainloader = DataLoader(part(train_ids), batch_size=32, shuffle=True)
    testloader = DataLoader(part(test_ids), batch_size=64)
    network = SimpleNet()
    network.apply(reset_weights)
    loss_function = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(8):
        network.train()
        for inputs, targets in trainloader:
            optimizer.zero_grad()
            loss = loss_function(network(inputs), targets)
            loss.backward()
            optimizer.step()
    correct, total = 0, 0
    network.eval()
    with torch.no_grad():
        for inputs, targets in testloader:
            correct += ((network(inputs) > 0) == targets.bool()).sum().item()
            total += targets.size(0)
    results[fold] = 100.0 * correct / total
    last.append(network)
    print(f"Accuracy for fold {fold}: {results[fold]:.2f} %")
print(f"Average: {np.mean(list(results.values())):.2f} %")
fingerprint(*last)
