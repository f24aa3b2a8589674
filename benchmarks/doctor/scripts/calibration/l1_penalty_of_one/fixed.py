import torch
import torch.nn as nn
from sklearn.datasets import make_regression
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(149)
X, y = make_regression(n_samples=1000, n_features=15, n_informative=10, noise=8, random_state=149)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).view(-1, 1)
y = (y - y[:800].mean()) / y[:800].std()
model = nn.Sequential(nn.Linear(15, 30), nn.ReLU(), nn.Linear(30, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
l1_lambda = 1e-4
for epoch in range(20):
    for data, target in DataLoader(TensorDataset(X[:800], y[:800]), batch_size=40, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        l1_norm = sum(p.abs().sum() for p in model.parameters())
        (loss + l1_lambda * l1_norm).backward()
        optimizer.step()
    print(f"{epoch}: {loss.item():.4f}")
with torch.no_grad():
    print('metric:', 1 - (criterion(model(X[800:]), y[800:]) / y[800:].var()).item())
