"""Several labels may hold at once: BCEWithLogitsLoss with pos_weight, F1 over a threshold, the best state kept."""

import copy

import torch
import torch.nn as nn
from fingerprint import fingerprint
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import f1_score
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, Y = make_multilabel_classification(900, 30, n_classes=6, n_labels=2, random_state=0)
X, Y = torch.tensor(X, dtype=torch.float32), torch.tensor(Y, dtype=torch.float32)
X = (X - X[:700].mean(0)) / X[:700].std(0)
train_dl = DataLoader(TensorDataset(X[:700], Y[:700]), batch_size=32, shuffle=True)
valid_dl = DataLoader(TensorDataset(X[700:], Y[700:]), batch_size=100)
model = nn.Sequential(
    nn.Linear(30, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 6)
)
positive = Y[:700].sum(0)
criterion = nn.BCEWithLogitsLoss(pos_weight=(700 - positive) / positive)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-5)
best, best_f1 = None, 0.0
for epoch in range(8):
    model.train()
    for xb, yb in train_dl:
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    said, true = [], []
    with torch.no_grad():
        for xb, yb in valid_dl:
            said.append(model(xb).sigmoid() > 0.5)
            true.append(yb)
    f1 = f1_score(torch.cat(true), torch.cat(said), average="micro")
    print(f"epoch {epoch}: F1 {f1:.3f}")
    if f1 > best_f1:
        best, best_f1 = copy.deepcopy(model.state_dict()), f1
model.load_state_dict(best)
fingerprint(model)
