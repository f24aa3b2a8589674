"""VAE on curves whose loop calls model.elbo(x, beta) with the KL weight warmed up over the first epochs."""
import torch
from torch import nn


class CurveVAE(nn.Module):
    def __init__(self, d=24, z=3):
        super().__init__()
        self.recognise = nn.Sequential(nn.Linear(d, 40), nn.SiLU(), nn.Linear(40, 2 * z))
        self.generate = nn.Sequential(nn.Linear(z, 40), nn.SiLU(), nn.Linear(40, d))
        self.log_sigma = nn.Parameter(torch.zeros(()))

    def elbo(self, x, beta):
        q = torch.distributions.Normal(*self.posterior(x))
        prior = torch.distributions.Normal(0.0, 1.0)
        p = torch.distributions.Normal(self.generate(q.rsample()), self.log_sigma.exp())
        kl = torch.distributions.kl_divergence(q, prior).sum(1)
        return (p.log_prob(x).sum(1) - beta * kl).mean()

    def posterior(self, x):
        mu, raw = self.recognise(x).chunk(2, 1)
        return mu, nn.functional.softplus(raw) + 1e-3

    def rebuild(self, x):
        return self.generate(self.posterior(x)[0])


def curves(n):
    t = torch.linspace(-1, 1, 24)
    a, b, c = torch.randn(3, n, 1)
    return a * t + b * torch.cos(2.5 * t) + 0.7 * c * torch.sin(4 * t) + 0.1 * torch.randn(n, 24)


torch.manual_seed(41)
x, held = curves(2000), curves(400)
model = CurveVAE()
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 50)
for epoch in range(50):
    beta = min(1.0, 0.1 + epoch / 8)
    for k in torch.randperm(2000).split(80):
        loss = -model.elbo(x[k], beta)
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
    if epoch % 10 == 9:
        print(epoch + 1, beta, loss.item(), "sigma", model.log_sigma.exp().item())
with torch.no_grad():
    err = (model.rebuild(held) - held).pow(2).mean() / held.var(0).mean()
print("metric:", 1 - err.item())
