import torch
import torch.nn as nn
from sklearn.datasets import make_moons

torch.manual_seed(331)
X, _ = make_moons(2000, noise=0.05, random_state=331)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
steps = 40
betas = torch.linspace(1e-3, 0.2, steps)
abar = torch.cumprod(1 - betas, 0)


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.t = nn.Embedding(steps, 32)
        self.inp = nn.Linear(2, 64)
        self.net = nn.Sequential(nn.Linear(96, 96), nn.SiLU(), nn.Linear(96, 96), nn.SiLU(), nn.Linear(96, 2))

    def forward(self, x, t):
        return self.net(torch.cat([nn.functional.silu(self.inp(x)), self.t(t)], -1))


model = Denoiser()
opt = torch.optim.AdamW(model.parameters(), lr=2e-3)
for it in range(600):
    x0 = X[torch.randint(0, 2000, (128,))]
    t = torch.randint(0, steps, (128,))
    eps = torch.randn_like(x0)
    xt = abar[t].sqrt()[:, None] * x0 + (1 - abar[t]).sqrt()[:, None] * eps
    loss = nn.functional.mse_loss(model(xt, t), eps)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 100 == 0:
        print(it, loss.item())
with torch.no_grad():
    x = torch.randn(500, 2)
    for t in reversed(range(steps)):
        e = model(x, torch.full((500,), t))
        x = (x - betas[t] / (1 - abar[t]).sqrt() * e) / (1 - betas[t]).sqrt()
        if t:
            x = x + betas[t].sqrt() * torch.randn_like(x)
print('metric:', 1 - torch.cdist(x, X).min(1).values.mean().item())
