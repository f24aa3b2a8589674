"""No optimizer at all: weights moved under no_grad, gradients zeroed by hand, as the first tutorials do."""

import torch
from fingerprint import fingerprint
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32).unsqueeze(1)
X = (X - X[:350].mean(0)) / X[:350].std(0)
y = (y - y[:350].mean()) / y[:350].std()
model = nn.Sequential(nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 1))
loss_func = nn.MSELoss()
lr, bs = 0.05, 32
for epoch in range(10):
    for i in range((350 - 1) // bs + 1):
        xb, yb = X[i * bs : i * bs + bs], y[i * bs : i * bs + bs]
        loss = loss_func(model(xb), yb)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= p.grad * lr
            model.zero_grad()
    with torch.no_grad():
        print(epoch, f"{loss_func(model(X[350:]), y[350:]).item():.4f}")
fingerprint(model)
