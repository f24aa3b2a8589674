import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(31)
np.random.seed(31)


def block(ch):
    return nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1))


class MiniResNet(nn.Module):
    def __init__(self, ch=8):
        super().__init__()
        self.stem = nn.Conv2d(1, ch, 3, padding=1)
        self.block1 = block(ch)
        self.block2 = block(ch)
        self.block3 = block(ch)
        self.head = nn.Linear(ch * 4, 10)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        x = torch.relu(x + self.block1(x))
        x = torch.max_pool2d(x, 2)
        x = torch.relu(x + self.block1(x))
        x = torch.max_pool2d(x, 2)
        x = torch.relu(x + self.block3(x))
        return self.head(x.flatten(1))


data = load_digits()
idx = np.random.permutation(len(data.images))
x = torch.tensor(data.images[idx] / 16.0 - 0.3, dtype=torch.float32)[:, None]
y = torch.tensor(data.target[idx])
x_tr, y_tr, x_va, y_va = x[:1400], y[:1400], x[1400:], y[1400:]

net = MiniResNet()
print('parameters:', sum(p.numel() for p in net.parameters()))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for ep in range(7):
    net.train()
    for b in torch.randperm(1400).split(50):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x_tr[b]), y_tr[b])
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        acc = (net(x_va).argmax(1) == y_va).float().mean().item()
    print(f'ep {ep} loss {loss.item():.3f} val {acc:.3f}')
print('metric:', acc)
