import torch
import torch.nn.functional as F
from torch import nn, optim

torch.manual_seed(106)
# two-dimensional spirals, three arms
N = 200


def spiral(n):
    xs, ys = [], []
    for k in range(3):
        r = torch.linspace(0.1, 1, n)
        t = torch.linspace(k * 4, (k + 1) * 4, n) + torch.randn(n) * 0.15
        xs.append(torch.stack([r * t.sin(), r * t.cos()], 1))
        ys.append(torch.full((n,), k))
    return torch.cat(xs), torch.cat(ys)


X, y = spiral(N)
Xv, yv = spiral(70)


class SpiralNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))

    def forward(self, x):
        return F.log_softmax(self.fc(x), dim=-1)


net = SpiralNet()
opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(40):
    order = torch.randperm(len(X))
    for j in range(0, len(X), 60):
        k = order[j:j + 60]
        opt.zero_grad()
        loss = F.nll_loss(net(X[k]), y[k])
        loss.backward()
        opt.step()
    if epoch % 10 == 9:
        print(epoch + 1, loss.item())
print('metric:', (net(Xv).argmax(1) == yv).float().mean().item())
