# Lion (sign of an interpolated momentum, decoupled decay) as a class of twelve lines; tanh net on a chirp.
import math
import torch
from torch import nn

torch.manual_seed(109)


class Lion:
    def __init__(self, params, rate, betas=(0.9, 0.99), decay=0.1):
        self.params = list(params)
        self.rate, self.betas, self.decay = rate, betas, decay
        self.m = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        b1, b2 = self.betas
        for p, m in zip(self.params, self.m):
            direction = (b1 * m + (1 - b1) * p.grad).sign()
            p.mul_(1 - self.rate * self.decay).add_(direction, alpha=-self.rate)
            m.mul_(b2).add_(p.grad, alpha=1 - b2)

    def zero_grad(self):
        for p in self.params:
            p.grad = None


N = 1500
t = torch.rand(N, 1) * 2 - 1
y = torch.sin(4 * t + 3 * t ** 2) * (1 + 0.3 * t) + 0.05 * torch.randn(N, 1)
y = (y - y[:1200].mean()) / y[:1200].std()
x = torch.cat([t] + [f(k * math.pi * t) for k in (1, 2) for f in (torch.sin, torch.cos)], 1) * 1.4

net = nn.Sequential(nn.Linear(5, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 1))
opt = Lion(net.parameters(), rate=1e-3)
EPOCHS = 25
for epoch in range(EPOCHS):
    opt.rate = 1e-3 * (1 - epoch / EPOCHS) + 2e-5
    last = []
    for i in torch.randperm(1200).split(48):
        loss = nn.functional.mse_loss(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        last.append(loss.item())
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1:2d} loss {sum(last) / len(last):.4f}")
with torch.no_grad():
    print("metric:", 1 - nn.functional.mse_loss(net(x[1200:]), y[1200:]).item() / y[1200:].var().item())
