import math
import torch
import torch.nn as nn

torch.manual_seed(334)
base = torch.randn(1500, 2) * 0.1
data = torch.stack([base[:, 0], base[:, 1] + 4 * base[:, 0] ** 2], 1)


class Coupling(nn.Module):
    def __init__(self, flip):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 2))
        nn.init.zeros_(self.net[2].weight)
        nn.init.zeros_(self.net[2].bias)

    def forward(self, x):
        a, b = (x[:, 1:], x[:, :1]) if self.flip else (x[:, :1], x[:, 1:])
        s, t = self.net(a).chunk(2, 1)
        b = b * s.exp() + t
        return (torch.cat([b, a], 1) if self.flip else torch.cat([a, b], 1)), s.sum(1)


flow = nn.ModuleList(Coupling(i % 2 == 1) for i in range(4))


def log_prob(x):
    total = 0
    for f in flow:
        x, s = f(x)
        total = total + s
    return -0.5 * (x ** 2).sum(1) - math.log(2 * math.pi) + total


opt = torch.optim.Adam(flow.parameters(), lr=5e-3)
for it in range(300):
    loss = -log_prob(data[torch.randint(0, 1200, (100,))]).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print(it, loss.item())
with torch.no_grad():
    print('metric:', log_prob(data[1200:]).mean().item())
