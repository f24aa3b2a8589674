"""Distance to a tremor's source from 20 station readings; residual blocks with a scaled branch as in EDSR."""

import torch
from torch import nn

torch.manual_seed(15)


class ScaledBlock(nn.Module):
    def __init__(self, width, scale=0.3):
        super().__init__()
        self.scale = scale
        self.body = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x):
        return self.scale * (x + self.body(x))


class Locator(nn.Module):
    def __init__(self, stations=20, width=64, depth=8):
        super().__init__()
        self.stem = nn.Linear(stations, width)
        self.blocks = nn.Sequential(*[ScaledBlock(width) for _ in range(depth)])
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))


station = 4 * torch.rand(20, 2) - 2


def tremors(n):
    source = 3 * torch.rand(n, 2) - 1.5
    arrival = torch.cdist(source, station)
    strength = torch.exp(-arrival) + 0.02 * torch.randn(n, 20)
    return strength, source


x, y = tremors(3000)
x_test, y_test = tremors(600)
mean, std = x.mean(0), x.std(0)
x, x_test = (x - mean) / std, (x_test - mean) / std

model = Locator()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, nesterov=True)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=600)
loss_fn = nn.SmoothL1Loss()
step = 0
while step < 600:
    for rows in torch.randperm(len(x)).split(100):
        loss = loss_fn(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        step += 1
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.5f}")

model.eval()
with torch.no_grad():
    error = (model(x_test) - y_test).pow(2).sum()
print("metric:", (1 - error / (y_test - y.mean(0)).pow(2).sum()).item())
