"""A compiled model in a plain loop, called through torch.compile without a code generator."""

import torch
from fingerprint import fingerprint
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor(digits.data / 16, dtype=torch.float32)
X = (X - X[:1280].mean()) / X[:1280].std()
y = torch.tensor(digits.target)
loader = DataLoader(TensorDataset(X[:1280], y[:1280]), batch_size=64, shuffle=True)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
compiled = torch.compile(model, backend="aot_eager")
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(6):
    compiled.train()
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(compiled(inputs), targets)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        right = (model(X[1280:]).argmax(1) == y[1280:]).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.4f}, accuracy {right:.3f}")
fingerprint(model)
