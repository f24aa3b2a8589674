"""Twenty texture classes; body (with batch norm) trained on ten of them, frozen, then probed for all twenty."""
import math
import torch
from torch import nn, optim

torch.manual_seed(19)
S = 12
yy, xx = torch.meshgrid(torch.arange(S).float(), torch.arange(S).float(), indexing='ij')
angles = torch.arange(10) * math.pi / 10
freqs = torch.tensor([0.9, 1.7])


def textures(n, classes):
    y = torch.randint(classes, (n,))
    a, f = angles[y % 10][:, None, None], freqs[y // 10][:, None, None]
    phase = 2 * math.pi * torch.rand(n, 1, 1)
    wave = torch.sin(f * (xx * torch.cos(a) + yy * torch.sin(a)) + phase)
    return (wave + 0.5 * torch.randn(n, S, S)).unsqueeze(1), y


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 24, 5, bias=False)
        self.n1 = nn.BatchNorm2d(24)
        self.c2 = nn.Conv2d(24, 32, 3, stride=2, bias=False)
        self.n2 = nn.BatchNorm2d(32)

    def forward(self, x):
        x = torch.relu(self.n1(self.c1(x)))
        x = torch.relu(self.n2(self.c2(x)))
        return x.mean((2, 3))


def epoch_of(model, x, y, opt, bs=100):
    tot = 0.0
    for i in torch.randperm(len(x)).split(bs):
        loss = nn.functional.cross_entropy(model(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item() * len(i)
    return tot / len(x)


body = Body()
pre = nn.Sequential(body, nn.Linear(32, 10))
x10, y10 = textures(2000, 10)
opt = optim.Adam(pre.parameters(), lr=5e-3)
for e in range(6):
    print('pre-training', e, round(epoch_of(pre, x10, y10, opt), 4))

body.eval().requires_grad_(False)
x20, y20 = textures(1500, 20)
xt, yt = textures(800, 20)
with torch.no_grad():
    f20 = body(x20)                       # features once, they do not change any more
    ft = body(xt)
mean, std = f20.mean(0), f20.std(0) + 1e-4
f20, ft = (f20 - mean) / std, (ft - mean) / std
probe = nn.Linear(32, 20)
opt = optim.SGD(probe.parameters(), lr=0.5, momentum=0.9)
sch = optim.lr_scheduler.CosineAnnealingLR(opt, 20)
for e in range(20):
    l = epoch_of(probe, f20, y20, opt, bs=50)
    sch.step()
    if e % 5 == 4:
        print('probe', e, round(l, 4))
print('metric:', (probe(ft).argmax(1) == yt).float().mean().item())
