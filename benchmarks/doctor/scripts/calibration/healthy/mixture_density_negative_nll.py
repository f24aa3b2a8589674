import math
import torch
import torch.nn as nn

torch.manual_seed(254)
x = torch.rand(1500, 1) * 2 - 1
branch = (torch.rand(1500, 1) < 0.5).float() * 2 - 1
y = 0.3 * branch * (1 + x) + 0.01 * torch.randn(1500, 1)


class MDN(nn.Module):
    def __init__(self, k=2):
        super().__init__()
        self.h = nn.Sequential(nn.Linear(1, 40), nn.Tanh())
        self.pi, self.mu, self.log_s = nn.Linear(40, k), nn.Linear(40, k), nn.Linear(40, k)

    def forward(self, x, y):
        h = self.h(x)
        ls = self.log_s(h).clamp(-4, 2)
        lp = -0.5 * ((y - self.mu(h)) / ls.exp()) ** 2 - ls - 0.5 * math.log(2 * math.pi)
        return torch.logsumexp(torch.log_softmax(self.pi(h), 1) + lp, 1)


net = MDN()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for it in range(500):
    b = torch.randint(0, 1200, (80,))
    loss = -net(x[b], y[b]).mean()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    opt.step()
    if it % 100 == 0:
        print(it, loss.item())
with torch.no_grad():
    print('metric:', net(x[1200:], y[1200:]).mean().item())
