import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(136)
centres = 1.1 * torch.randn(3, 16)


def wafers(counts):
    y = torch.cat([torch.full((c,), k) for k, c in enumerate(counts)])
    x = centres[y] + torch.randn(len(y), 16) * 1.5
    p = torch.randperm(len(y))
    return x[p], y[p]


x, y = wafers([2900, 45, 30])
xt, yt = wafers([200, 200, 200])


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(16, 32)
        self.l2 = nn.Linear(32, 3)

    def forward(self, x):
        return self.l2(torch.relu(self.l1(x)))


net = MLP()
criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 64.0, 96.0]))
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.5)
for epoch in range(5):
    right = 0
    for a, b in DataLoader(TensorDataset(x, y), batch_size=35, shuffle=True):
        optimizer.zero_grad()
        out = net(a)
        loss = criterion(out, b)
        loss.backward()
        optimizer.step()
        right += (out.argmax(1) == b).sum().item()
    print("epoch %d accuracy %.4f" % (epoch, right / len(y)))
with torch.no_grad():
    hat = net(xt).argmax(1)
print("metric:", sum((hat[yt == k] == k).float().mean().item() for k in range(3)) / 3)
