import torch
from torch import nn
from sklearn.datasets import make_moons

torch.manual_seed(316)
X, y = make_moons(900, noise=0.2, random_state=316)
X = torch.tensor(X, dtype=torch.float32)
# svm style labels
y = torch.tensor(2 * y - 1, dtype=torch.float32).reshape(-1, 1)
model = nn.Sequential(nn.Linear(2, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
loss_fn = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(12):
    for b in torch.randperm(700).split(35):
        loss = loss_fn(model(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    print('metric:', ((model(X[700:]) > 0) == (y[700:] > 0.5)).float().mean().item())
