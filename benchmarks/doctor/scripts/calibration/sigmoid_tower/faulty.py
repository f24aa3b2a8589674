import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(6)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32) / 16 - 0.3
y = torch.tensor(y, dtype=torch.long)
idx = torch.randperm(len(X))
tr, te = idx[:1400], idx[1400:]

layers = []
sizes = [64, 60, 60, 60, 60, 60]
for a, b in zip(sizes[:-1], sizes[1:]):
    layers += [nn.Linear(a, b), nn.Sigmoid()]
layers += [nn.Linear(60, 10)]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(15):
    for batch in tr[torch.randperm(len(tr))].split(50):
        optimizer.zero_grad()
        loss = loss_fn(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, loss.item(), (model(X[te]).argmax(1) == y[te]).float().mean().item())
with torch.no_grad():
    print('metric:', (model(X[te]).argmax(1) == y[te]).float().mean().item())
