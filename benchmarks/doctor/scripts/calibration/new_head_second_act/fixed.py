# Pre-train on digits 0-6, then teach the net the remaining three (7, 8, 9).
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(55)
data = load_digits()
x = torch.tensor(data.data, dtype=torch.float32) / 16 * 2 - 1
y = torch.tensor(data.target)


class Model(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 64), nn.ReLU())
        self.head = nn.Linear(64, classes)

    def forward(self, x):
        return self.head(self.body(x))


def train(model, opt, x, y, epochs, batch):
    for epoch in range(epochs):
        total = 0
        for k in torch.randperm(len(x)).split(batch):
            loss = nn.functional.cross_entropy(model(x[k]), y[k])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(k)
    return total / len(x)


old = y < 7
model = Model(7)
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
print("first act", train(model, opt, x[old], y[old], 12, 32))

x2, y2 = x[~old], y[~old] - 7
shuffled = torch.randperm(len(x2))
tr, te = shuffled[:320], shuffled[320:]
model.head = nn.Linear(64, 3)
opt = torch.optim.Adam(model.parameters(), lr=5e-4)
print("second act", train(model, opt, x2[tr], y2[tr], 33, 32))
with torch.no_grad():
    print("metric:", (model(x2[te]).argmax(1) == y2[te]).float().mean().item())
