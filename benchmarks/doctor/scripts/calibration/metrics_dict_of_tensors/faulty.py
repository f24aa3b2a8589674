import torch
import torch.nn as nn
from collections import defaultdict

torch.manual_seed(307)


class Meter:
    def __init__(self):
        self.values = defaultdict(list)

    def update(self, **kw):
        for k, v in kw.items():
            self.values[k].append(v)

    def mean(self, k):
        return sum(self.values[k]) / len(self.values[k])


x = torch.randn(1000, 6)
y = (x[:, 0] * x[:, 1] + x[:, 2]).unsqueeze(1)
net = nn.Sequential(nn.Linear(6, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1))
opt = torch.optim.AdamW(net.parameters(), lr=3e-3)
meter = Meter()
for epoch in range(15):
    for b in torch.randperm(800).split(40):
        pred = net(x[b])
        mse = ((pred - y[b]) ** 2).mean()
        mae = (pred - y[b]).abs().mean()
        opt.zero_grad()
        mse.backward()
        opt.step()
        meter.update(mse=mse, mae=mae)
    if epoch % 5 == 4:
        print(epoch, '%.4f %.4f' % (meter.mean('mse'), meter.mean('mae')))
with torch.no_grad():
    print('metric:', 1 - ((net(x[800:]) - y[800:]) ** 2).mean().item() / y[800:].var().item())
