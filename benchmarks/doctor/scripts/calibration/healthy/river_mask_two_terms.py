import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(44)
rng = np.random.default_rng(44)
SIZE = 16


def rivers(n):
    cols = np.arange(SIZE)
    mid = 8 + 3.5 * np.sin(cols[None] / rng.uniform(2, 4, (n, 1)) + rng.uniform(0, 6.3, (n, 1))) + rng.uniform(-2, 2, (n, 1))
    mask = np.abs(np.arange(SIZE)[None, :, None] - mid[:, None, :]) < 1.8
    x = mask * 1.5 - 0.4 + 0.6 * rng.standard_normal(mask.shape)
    return torch.tensor(x[:, None], dtype=torch.float32), torch.tensor(mask[:, None], dtype=torch.float32)


class MiniUNet(nn.Module):
    def __init__(self, c=10):
        super().__init__()
        self.down = nn.Conv2d(1, c, 3, padding=1)
        self.deep = nn.Conv2d(c, 2 * c, 3, padding=1)
        self.up = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
        self.mix = nn.Conv2d(2 * c, c, 3, padding=1)
        self.last = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        a = F.relu(self.down(x))
        b = F.relu(self.deep(F.max_pool2d(a, 2)))
        u = F.relu(self.up(b))
        return self.last(F.relu(self.mix(torch.cat([a, u], 1))))


def dice(p, t):
    return 1 - (2 * (p * t).sum((1, 2, 3)) + 1) / (p.sum((1, 2, 3)) + t.sum((1, 2, 3)) + 1)


x, y = rivers(480)
net = MiniUNet()
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
for epoch in range(10):
    for k in torch.randperm(480).split(16):
        logit = net(x[k])
        loss = F.binary_cross_entropy_with_logits(logit, y[k]) + dice(logit.sigmoid(), y[k]).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
x, y = rivers(120)
with torch.no_grad():
    p = (net(x) > 0).float()
print("metric:", ((p * y).sum() / ((p + y) > 0).sum()).item())
