"""A tiny DDPM in the plane: points on the outline of a heart. The loss floor of noise prediction is far from zero."""
import math
import torch
import torch.nn as nn

torch.manual_seed(77)
STEPS = 40


def heart(n):
    t = 2 * math.pi * torch.rand(n)
    x = 16 * torch.sin(t) ** 3
    y = 13 * torch.cos(t) - 5 * torch.cos(2 * t) - 2 * torch.cos(3 * t) - torch.cos(4 * t)
    return torch.stack([x, y + 2.5], 1) / 10 + 0.08 * torch.randn(n, 2)


betas = torch.linspace(1e-3, 0.2, STEPS)
alphas = 1 - betas
abar = alphas.cumprod(0)


class Eps(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.time = nn.Embedding(STEPS, 24)
        self.body = nn.Sequential(nn.Linear(26, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2))

    def forward(self, x, t):
        return self.body(torch.cat([x, self.time(t)], 1))


data, held = heart(6000), heart(1000)
net, ema = Eps(), Eps()
ema.load_state_dict(net.state_dict())
ema.requires_grad_(False)
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
avg = None
for it in range(900):
    x0 = data[torch.randint(len(data), (256,))]
    t = torch.randint(STEPS, (256,))
    noise = torch.randn_like(x0)
    xt = abar[t, None].sqrt() * x0 + (1 - abar[t, None]).sqrt() * noise
    loss = nn.functional.mse_loss(net(xt, t), noise)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it == 600:
        opt.param_groups[0]['lr'] = 5e-4
    with torch.no_grad():
        for a, b in zip(ema.parameters(), net.parameters()):
            a.mul_(0.98).add_(b, alpha=0.02)
    avg = loss.item() if avg is None else 0.98 * avg + 0.02 * loss.item()
    if it % 150 == 149:
        print(it + 1, round(avg, 4))


@torch.no_grad()
def sample(n):
    x = torch.randn(n, 2)
    for k in reversed(range(STEPS)):
        e = ema(x, torch.full((n,), k))
        x = (x - betas[k] / (1 - abar[k]).sqrt() * e) / alphas[k].sqrt()
        if k:
            x = x + betas[k].sqrt() * torch.randn_like(x)
    return x


drawn = sample(1000)


def sliced_distance(a, b, n=100):
    d = nn.functional.normalize(torch.randn(2, n), dim=0)
    return ((a @ d).sort(0).values - (b @ d).sort(0).values).abs().mean()


print('metric:', 1 - (sliced_distance(drawn, held) / sliced_distance(data.mean(0).expand(1000, 2), held)).item())
