import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split
from sklearn.datasets import make_regression

torch.manual_seed(9)
X, y = make_regression(n_samples=140, n_features=5, n_informative=5, noise=5, random_state=9)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor((y - y[:100].mean()) / y[:100].std(), dtype=torch.float32)
ds = TensorDataset(X, y)
train_ds, val_ds = torch.utils.data.Subset(ds, range(100)), torch.utils.data.Subset(ds, range(100, 140))
model = nn.Sequential(nn.Linear(5, 10), nn.Tanh(), nn.Linear(10, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(40):
    for xb, yb in DataLoader(train_ds, batch_size=10, shuffle=True):
        loss = nn.functional.mse_loss(model(xb).view(-1), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 10 == 9:
        with torch.no_grad():
            vl = sum(nn.functional.mse_loss(model(xb).view(-1), yb).item() for xb, yb in DataLoader(val_ds, batch_size=10)) / 4
        print(epoch + 1, loss.item(), vl)
print('metric:', 1 - vl / y[100:].var().item())
