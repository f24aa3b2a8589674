import math
import torch
from torch import nn

torch.manual_seed(21)

# falling ball with drag: predict the height after t seconds from (speed, angle, drag, t)
n = 1600
speed = 5 + 15 * torch.rand(n)
angle = 0.3 + 1.0 * torch.rand(n)
drag = 0.05 + 0.4 * torch.rand(n)
t = 0.2 + 1.5 * torch.rand(n)
vy = speed * torch.sin(angle)
height = (vy + 9.81 / drag) / drag * (1 - torch.exp(-drag * t)) - 9.81 * t / drag
x = torch.stack([speed, angle, drag, t], 1)
y = height.unsqueeze(1) + 0.05 * torch.randn(n, 1)

x_tr, x_te, y_tr, y_te = x[:1200], x[1200:], y[:1200], y[1200:]
mx, sx = x_tr.mean(0), x_tr.std(0)
my, sy = y_tr.mean(), y_tr.std()
x_tr, x_te = (x_tr - mx) / sx, (x_te - mx) / sx
y_tr, y_te = (y_tr - my) / sy, (y_te - my) / sy


def he(layer):
    fan_in = layer.weight.shape[1]
    with torch.no_grad():
        layer.weight.copy_(torch.randn_like(layer.weight) * math.sqrt(fan_in / 2))
        layer.bias.zero_()
    return layer


net = nn.Sequential(he(nn.Linear(4, 40)), nn.ReLU(), he(nn.Linear(40, 40)), nn.ReLU(), nn.Linear(40, 1))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(16):
    perm = torch.randperm(1200)
    tot = 0
    for idx in perm.split(40):
        loss = ((net(x_tr[idx]) - y_tr[idx]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    if epoch % 3 == 0:
        print(f'{epoch:3d} {tot / 30:.4f}')
with torch.no_grad():
    mse = ((net(x_te) - y_te) ** 2).mean().item()
print('metric:', 1 - mse / y_te.var().item())
