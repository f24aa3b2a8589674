import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_diabetes

torch.manual_seed(140)
X, y = load_diabetes(return_X_y=True, scaled=False)
g = torch.Generator().manual_seed(1)
p = torch.randperm(len(y), generator=g)
X, y = torch.tensor(X, dtype=torch.float32)[p], torch.tensor(y, dtype=torch.float32)[p]
train_end, val_start = 330, 330
mx, sx, my, sy = X[:train_end].mean(0), X[:train_end].std(0), y[:train_end].mean(), y[:train_end].std()
X, y = (X - mx) / sx, (y - my) / sy
train = TensorDataset(X[:train_end], y[:train_end])
val = TensorDataset(X[val_start:], y[val_start:])


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(10, 24), nn.Softplus(), nn.Linear(24, 1))

    def forward(self, x):
        return self.f(x).squeeze(-1)


model = Model()
opt = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
for epoch in range(15):
    model.train()
    for a, b in DataLoader(train, batch_size=22, shuffle=True):
        opt.zero_grad()
        nn.functional.mse_loss(model(a), b).backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        mse = sum(nn.functional.mse_loss(model(a), b, reduction='sum').item() for a, b in DataLoader(val, batch_size=32))
    print(epoch, mse / len(val))
print('metric:', 1 - mse / len(val) / y[val_start:].var().item())
