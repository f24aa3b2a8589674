# does the walk end to the right or to the left of where it started?  (plus a "returns home" class)
import numpy as np
import torch
import torch.nn as nn

np.random.seed(14)
torch.manual_seed(14)


def sample(n):
    cls = np.random.randint(0, 3, n)
    t = np.linspace(0, 1, 16)
    path = np.where(cls[:, None] == 0, t, np.where(cls[:, None] == 1, -t, np.sin(np.pi * t)))
    path = path * np.random.uniform(0.8, 1.5, (n, 1)) + 0.25 * np.random.randn(n, 16)
    wobble = 0.5 * np.random.randn(n, 16)
    x = np.stack([path, wobble], -1)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(cls)


class WalkNet(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(2, hidden, num_layers=1)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, h = self.gru(x)
        last = out[:, -1, :]
        return self.fc(last)


x_train, y_train = sample(800)
x_test, y_test = sample(300)
model = WalkNet()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
criterion = nn.CrossEntropyLoss()
for epoch in range(16):
    idx = torch.randperm(800)
    correct = 0
    for k in range(0, 800, 40):
        b = idx[k:k + 40]
        out = model(x_train[b])
        loss = criterion(out, y_train[b])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        correct += (out.argmax(1) == y_train[b]).sum().item()
    print('Epoch', epoch + 1, 'loss', round(loss.item(), 4), 'acc', correct / 800)

with torch.no_grad():
    print('metric:', (model(x_test).argmax(1) == y_test).float().mean().item())
