import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_diabetes

torch.manual_seed(318)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
X = (X - X[:350].mean(0)) / X[:350].std(0)
y = (y - y[:350].mean()) / y[:350].std()
loader = DataLoader(TensorDataset(X[:350], y[:350]), batch_size=2, shuffle=True)
reg = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.SGD(reg.parameters(), lr=0.08)
for epoch in range(4):
    for a, b in loader:
        loss = nn.functional.mse_loss(reg(a).squeeze(1), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    print('metric:', 1 - (nn.functional.mse_loss(reg(X[350:]).squeeze(1), y[350:]) / y[350:].var()).item())
