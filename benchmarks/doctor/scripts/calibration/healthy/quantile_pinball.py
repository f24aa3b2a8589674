import torch
from torch import nn

torch.manual_seed(8)
TAUS = torch.tensor([0.1, 0.5, 0.9])


def sample(n):
    x = torch.rand(n, 2) * 4 - 2
    centre = torch.sin(2 * x[:, 0]) + 0.5 * x[:, 1]
    spread = 0.15 + 0.35 * (x[:, 1] > 0) * x[:, 1]
    y = centre + spread * torch.randn(n)
    return x, y, centre, spread


def pinball(pred, target):
    err = target[:, None] - pred
    return torch.maximum(TAUS * err, (TAUS - 1) * err).mean()


class QuantileNet(nn.Module):
    """Median plus two positive gaps, so the quantiles cannot cross."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU())
        self.median = nn.Linear(64, 1)
        self.gaps = nn.Linear(64, 2)

    def forward(self, x):
        h = self.body(x)
        m = self.median(h)
        g = nn.functional.softplus(self.gaps(h))
        return torch.cat([m - g[:, :1], m, m + g[:, 1:]], 1)


x, y, _, _ = sample(3000)
xt, yt, ct, st = sample(1000)
net = QuantileNet()
opt = torch.optim.RMSprop(net.parameters(), lr=2e-3)
sched = torch.optim.lr_scheduler.StepLR(opt, step_size=10, gamma=0.4)
history = []
for epoch in range(25):
    for i in torch.randperm(len(x)).split(100):
        loss = pinball(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        history.append(float(loss))
    sched.step()
print("pinball, first 20 batches:", sum(history[:20]) / 20, "last 20:", sum(history[-20:]) / 20)
with torch.no_grad():
    q = net(xt)
    constant = torch.quantile(y, TAUS)[None].expand(len(yt), 3)
    z = torch.distributions.Normal(0, 1).icdf(TAUS)
    oracle = ct[:, None] + st[:, None] * z
    print("coverage of 10-90:", ((yt > q[:, 0]) & (yt < q[:, 2])).float().mean().item())
    print("oracle:", 1 - (pinball(oracle, yt) / pinball(constant, yt)).item())
    print("metric:", 1 - (pinball(q, yt) / pinball(constant, yt)).item())
