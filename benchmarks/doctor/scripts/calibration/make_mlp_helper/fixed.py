import torch
from torch import nn
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler


def make_mlp(sizes, last=nn.ReLU()):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            layers.append(nn.ReLU())
    if last is not None:
        layers.append(last)
    return nn.Sequential(*layers)


torch.manual_seed(0)
X, y = make_friedman1(n_samples=1500, n_features=8, noise=0.5, random_state=0)
sx = StandardScaler().fit(X[:1000])
sy = StandardScaler().fit(y[:1000, None])
X = torch.tensor(sx.transform(X)).float()
y = torch.tensor(sy.transform(y[:, None])).float()

features = make_mlp([8, 64, 64])
head = make_mlp([64, 1], last=None)
model = nn.Sequential(features, head)

criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
losses = []
for epoch in range(25):
    p = torch.randperm(1000)
    for k in range(20):
        b = p[k * 50:(k + 1) * 50]
        pred = model(X[b])
        loss = criterion(pred, y[b])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(epoch, sum(losses[-20:]) / 20)

with torch.no_grad():
    err = criterion(model(X[1000:]), y[1000:]).item()
print('metric:', 1 - err / y[1000:].var().item())
