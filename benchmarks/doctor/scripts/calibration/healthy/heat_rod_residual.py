"""Physics-informed net for u_t = 0.1 u_xx on a rod, u(x,0) = sin(pi x), ends at zero. No data, only the equation."""
import math
import torch
from torch import nn

torch.manual_seed(112)
ALPHA = 0.1


class Rod(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, x, t):
        raw = self.inner(torch.cat([2 * x - 1, 2 * t - 1], 1))
        return torch.sin(math.pi * x) + t * x * (1 - x) * raw     # ends and start are built in


def residual(net, x, t):
    x.requires_grad_(True)
    t.requires_grad_(True)
    u = net(x, t)
    u_x, u_t = torch.autograd.grad(u.sum(), (x, t), create_graph=True)
    u_xx, = torch.autograd.grad(u_x.sum(), x, create_graph=True)
    return u_t - ALPHA * u_xx


net = Rod()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 400)
for step in range(400):
    x, t = torch.rand(128, 1), torch.rand(128, 1)
    loss = residual(net, x, t).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 80 == 79:
        print(f"{step + 1}: residual {loss.item():.2e}")

with torch.no_grad():
    x, t = torch.rand(500, 1), torch.rand(500, 1)
    exact = torch.sin(math.pi * x) * torch.exp(-ALPHA * math.pi ** 2 * t)
    err = (net(x, t) - exact).square().mean() / exact.var()
print("metric:", 1 - err.item())
