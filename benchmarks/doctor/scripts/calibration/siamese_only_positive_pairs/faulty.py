import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(13)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 8 - 1, dtype=torch.float32)
y = torch.tensor(y)
Xtr, ytr, Xte, yte = X[:1200], y[:1200], X[1200:], y[1200:]
encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8))
opt = torch.optim.Adam(encoder.parameters(), lr=2e-3)
margin = 2.0


def contrastive(a, b, same):
    d = ((a - b) ** 2).sum(1).add(1e-9).sqrt()
    return (same * d ** 2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def pairs(n):
    i = torch.randint(0, 1200, (n,))
    j = torch.stack([torch.nonzero(ytr == c)[torch.randint(100, (1,)), 0][0] for c in ytr[i]])
    return i, j, (ytr[i] == ytr[j]).float()


for it in range(300):
    i, j, same = pairs(64)
    loss = contrastive(encoder(Xtr[i]), encoder(Xtr[j]), same)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print(it, loss.item())
with torch.no_grad():
    near = torch.cdist(encoder(Xte), encoder(Xtr)).argmin(1)
print('metric:', (ytr[near] == yte).float().mean().item())
