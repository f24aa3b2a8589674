# two spirals, 6 plain hidden layers (no skip connections, no norm). one-cycle Adam
import math
import torch
from torch import nn

torch.manual_seed(11)
N = 600


def spirals(n, noise=0.02):
    t = torch.sqrt(torch.rand(n)) * 2.5 * math.pi
    label = torch.randint(0, 2, (n,))
    sign = 2.0 * label - 1
    r = t / (2.5 * math.pi)
    pts = torch.stack([sign * r * torch.cos(t), sign * r * torch.sin(t)], 1)
    return pts + noise * torch.randn(n, 2), label


xtr, ytr = spirals(N)
xva, yva = spirals(400)
mu, sd = xtr.mean(0), xtr.std(0)
xtr, xva = (xtr - mu) / sd, (xva - mu) / sd

layers, width = [], 48
for i in range(6):
    lin = nn.Linear(2 if i == 0 else width, width)
    nn.init.kaiming_normal_(lin.weight, nonlinearity="relu")
    nn.init.zeros_(lin.bias)
    layers += [lin, nn.ReLU()]
net = nn.Sequential(*layers, nn.Linear(width, 2))

epochs, bs = 60, 50
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=4e-3, total_steps=epochs * (N // bs))
crit = nn.CrossEntropyLoss()
for ep in range(epochs):
    net.train()
    running = 0.0
    for idx in torch.randperm(N).split(bs):
        opt.zero_grad()
        loss = crit(net(xtr[idx]), ytr[idx])
        loss.backward()
        opt.step()
        sched.step()
        running += loss.item() * len(idx)
    if ep % 10 == 9:
        net.eval()
        with torch.no_grad():
            acc = (net(xva).argmax(1) == yva).float().mean()
        print(f"epoch {ep + 1:3d} train {running / N:.4f} val acc {acc:.3f}")
net.eval()
with torch.no_grad():
    print("metric:", (net(xva).argmax(1) == yva).float().mean().item())
