"""Stochastic weight averaging: SWALR, AveragedModel, and batch statistics taken anew at the end."""

import torch
from fingerprint import fingerprint
from sklearn.datasets import load_wine
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
X, y = X[order], y[order]
X = (X - X[:130].mean(0)) / X[:130].std(0)
loader = DataLoader(TensorDataset(X[:130], y[:130]), batch_size=26, shuffle=True)
model = nn.Sequential(nn.Linear(13, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
swa_model = AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
scheduler = CosineAnnealingLR(optimizer, T_max=30)
swa_start, swa_scheduler = 15, SWALR(optimizer, swa_lr=0.02)
for epoch in range(25):
    model.train()
    for inputs, target in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), target)
        loss.backward()
        optimizer.step()
    if epoch > swa_start:
        swa_model.update_parameters(model)
        swa_scheduler.step()
    else:
        scheduler.step()
update_bn(loader, swa_model)
swa_model.eval()
with torch.no_grad():
    print(f"averaged: {(swa_model(X[130:]).argmax(1) == y[130:]).float().mean().item():.4f}")
fingerprint(model, swa_model)
