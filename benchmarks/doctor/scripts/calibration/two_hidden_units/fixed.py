import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(18)
bunch = load_digits()
x = torch.tensor(bunch.data, dtype=torch.float32)
x = (x - 5) / 6
y = torch.tensor(bunch.target)
train = DataLoader(TensorDataset(x[:1500], y[:1500]), batch_size=50, shuffle=True)
valid = DataLoader(TensorDataset(x[1500:], y[1500:]), batch_size=300)


class Tiny(nn.Module):
    def __init__(self, hidden=40):
        super().__init__()
        self.l1 = nn.Linear(64, hidden)
        self.l2 = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.l2(torch.tanh(self.l1(x)))


net = Tiny()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(15):
    net.train()
    for xb, yb in train:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        for xb, yb in valid:
            acc = (net(xb).argmax(1) == yb).float().mean().item()
    print(epoch, loss.item(), acc)
print("metric:", acc)
