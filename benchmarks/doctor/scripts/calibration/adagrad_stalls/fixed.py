import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(130)
# 3 x 8 x 8 "satellite" tiles, four land covers with different spectral signature and texture
sig = torch.tensor([[.1, .4, .1], [.1, .2, .6], [.5, .4, .3], [.3, .3, .3]])


def tiles(n):
    y = torch.randint(0, 4, (n,))
    noise = torch.randn(n, 3, 8, 8)
    tex = torch.where((y % 2 == 0)[:, None, None, None], noise, nn.functional.avg_pool2d(noise, 3, 1, 1) * 2)
    return sig[y][:, :, None, None] - 0.3 + 0.35 * tex + 0.15 * torch.randn(n, 3, 1, 1), y


xa, ya = tiles(1200)
xb, yb = tiles(400)
net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
                    nn.Flatten(), nn.Linear(32, 4))
opt = torch.optim.Adagrad(net.parameters(), lr=3e-2)
for epoch in range(10):
    for x, y in DataLoader(TensorDataset(xa, ya), batch_size=60, shuffle=True):
        loss = nn.functional.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    print("metric:", (net(xb).argmax(1) == yb).float().mean().item())
