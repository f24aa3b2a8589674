import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(312)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32).sub(4.9).div(6)
y = torch.tensor(y)
dl = DataLoader(TensorDataset(X[:1400], y[:1400]), batch_size=50, shuffle=True)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
EPOCHS = 10
sched = torch.optim.lr_scheduler.ExponentialLR(opt, gamma=0.8)
for epoch in range(EPOCHS):
    for xb, yb in dl:
        loss = nn.functional.cross_entropy(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    print(epoch, loss.item())
print('metric:', (model(X[1400:]).argmax(1) == y[1400:]).float().mean().item())
