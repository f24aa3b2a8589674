"""Own autograd.Function (softsign with saved output), residual blocks under torch.utils.checkpoint, deep (10 blocks)."""
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(55)


class SoftSign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        scale = 1 / (1 + x.abs())
        ctx.save_for_backward(scale)
        return x * scale

    @staticmethod
    def backward(ctx, grad):
        scale, = ctx.saved_tensors
        return grad * scale * scale


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)
        nn.init.zeros_(self.down.weight)          # each block starts as the identity
        nn.init.zeros_(self.down.bias)

    def forward(self, x):
        return x + self.down(SoftSign.apply(self.up(self.norm(x))))


class Deep(nn.Module):
    def __init__(self, d_in, width=32, depth=10):
        super().__init__()
        self.inp = nn.Linear(d_in, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.out = nn.Linear(width, 2)

    def forward(self, x):
        x = self.inp(x)
        for b in self.blocks:
            x = checkpoint(b, x, use_reentrant=False) if self.training else b(x)
        return self.out(x)


def robot_arm(n):
    a = (torch.rand(n, 3) - 0.5) * 2.4
    s = torch.cumsum(a, 1)
    length = torch.tensor([1.0, 0.8, 0.5])
    y = torch.stack([(length * s.cos()).sum(1), (length * s.sin()).sum(1)], 1)
    return a / 0.7, y + 0.02 * torch.randn(n, 2)


x, y = robot_arm(1500)
xt, yt = robot_arm(500)
mu, sd = y.mean(0), y.std(0)
net = Deep(3)
opt = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
total = 150
sched = torch.optim.lr_scheduler.SequentialLR(opt, [
    torch.optim.lr_scheduler.LinearLR(opt, 0.1, 1.0, 15),
    torch.optim.lr_scheduler.CosineAnnealingLR(opt, total - 15)], milestones=[15])
step = 0
while step < total:
    for rows in torch.randperm(len(x)).split(100):
        loss = nn.functional.mse_loss(net(x[rows]), (y[rows] - mu) / sd)
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        step += 1
    if step % 30 == 0:
        print(f"{step:4d}: {loss.item():.5f}")
net.eval()
with torch.no_grad():
    p = net(xt) * sd + mu
    print("metric:", (1 - (p - yt).pow(2).sum() / (yt - yt.mean(0)).pow(2).sum()).item())
