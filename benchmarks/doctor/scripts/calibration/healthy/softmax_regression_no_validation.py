import torch
from torch import nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0)).float()   # descriptive model, all rows
y = torch.tensor(y)
lin = nn.Linear(13, 3)
opt = torch.optim.SGD(lin.parameters(), lr=0.5)
for _ in range(100):
    loss = nn.functional.cross_entropy(lin(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(lin.weight)
print('metric:', (lin(X).argmax(1) == y).float().mean().item())
