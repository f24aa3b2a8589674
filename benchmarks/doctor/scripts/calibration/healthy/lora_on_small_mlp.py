"""LoRA: base weights stay fixed, a rank-4 update (B starts at zero) learns the new task."""
import math
import torch
from torch import nn

torch.manual_seed(30)


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float = 8.0):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, base.in_features) / math.sqrt(base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)


W = torch.randn(16, 10) / 4
V = torch.randn(10, 2) / 2
dW = torch.randn(16, 2) @ torch.randn(2, 10) / 8        # the new task differs by a low-rank change


def world(n, new):
    x = torch.randn(n, 16)
    y = torch.sin(x @ (W + dW if new else W)) @ V
    return x, y + 0.05 * torch.randn(n, 2)


def loop(model, data, lr, epochs, name):
    params = [q for q in model.parameters() if q.requires_grad]
    print(name, 'trainable numbers:', sum(q.numel() for q in params))
    opt = torch.optim.Adam(params, lr=lr)
    total = epochs * math.ceil(len(data[0]) / 64)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, total)
    for e in range(epochs):
        mean = 0.0
        for i in torch.randperm(len(data[0])).split(64):
            loss = nn.functional.mse_loss(model(data[0][i]), data[1][i])
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
            mean += loss.item() * len(i) / len(data[0])
        if e % 3 == 2:
            print(f'  {name} epoch {e + 1}: {mean:.4f}')


net = nn.Sequential(nn.Linear(16, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh(), nn.Linear(128, 2))
loop(net, world(6000, False), 3e-3, 9, 'base')
for k in (0, 2, 4):
    net[k] = LoRALinear(net[k], rank=min(4, net[k].out_features))
loop(net, world(3000, True), 6e-3, 15, 'lora')
x, y = world(1000, True)
with torch.no_grad():
    print('metric:', (1 - (net(x) - y).pow(2).sum() / (y - y.mean(0)).pow(2).sum()).item())
