# How many coins (1 to 4) lie on the tray? Regression on drawn pictures, rounded at the end.
import numpy as np
import torch
from torch import nn

torch.manual_seed(6)
rng = np.random.default_rng(6)
yy, xx = np.mgrid[:20, :20]


def tray(n):
    pictures, counts = np.zeros((n, 1, 20, 20), np.float32), rng.integers(1, 5, n)
    corners = np.array([(5, 5), (5, 14), (14, 5), (14, 14)])
    for i, c in enumerate(counts):
        for y, x in corners[rng.permutation(4)[:c]] + rng.uniform(-1.5, 1.5, (c, 2)):
            pictures[i, 0] += np.exp(-((yy - y) ** 2 + (xx - x) ** 2) / 8)
    return torch.from_numpy((pictures - 0.15) / 0.3 + 0.2 * rng.standard_normal(pictures.shape).astype(np.float32)), \
        torch.from_numpy(counts).float()


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.LeakyReLU(0.1),
                                  nn.Conv2d(8, 16, 3, padding=1), nn.LeakyReLU(0.1))
        self.count = nn.Linear(16, 1)

    def forward(self, x):
        return self.count(self.maps(x).mean((2, 3)))[:, 0] + 2.5


x, y = tray(1500)
net = Counter()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 20)
for epoch in range(20):
    for k in torch.randperm(1500).split(50):
        loss = nn.functional.smooth_l1_loss(net(x[k]), y[k])
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item())
x, y = tray(400)
with torch.no_grad():
    print("metric:", (net(x).round() == y).float().mean().item())
