"""Fit a mixture density network with a hand written Gaussian likelihood."""
import math
import torch
import torch.nn as nn

torch.manual_seed(31)


class GaussianNet(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.mean = nn.Linear(width, 1)
        self.raw_std = nn.Linear(width, 1)

    def forward(self, x: torch.Tensor) -> torch.distributions.Normal:
        h = self.trunk(x)
        return torch.distributions.Normal(self.mean(h), nn.functional.softplus(self.raw_std(h)) + 0.05)


def sample(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.rand(n, 1) * 4 - 2
    return x, torch.sin(2 * x) + 0.2 * torch.randn(n, 1)


x, y = sample(800)
xt, yt = sample(300)
net = GaussianNet()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for step in range(300):
    idx = torch.randint(0, 800, (64,))
    loss = -net(x[idx]).log_prob(y[idx]).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    mean = net(xt).mean
    r2 = 1 - ((mean - yt) ** 2).sum() / ((yt - yt.mean()) ** 2).sum()
print("metric:", max(r2.item(), -10.0))
