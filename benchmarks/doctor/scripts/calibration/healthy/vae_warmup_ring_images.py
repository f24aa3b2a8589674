"""KL warm-up: the prior term is faded in over the first epochs, so the total goes *up* for a while."""
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    size: int = 14
    n_train: int = 2000
    n_test: int = 400
    latent: int = 6
    hidden: int = 128
    epochs: int = 24
    warmup: int = 12
    batch: int = 80
    lr: float = 1.5e-3
    seed: int = 8


cfg = Config()
torch.manual_seed(cfg.seed)


def rings(n):
    axis = torch.linspace(-1, 1, cfg.size)
    yy, xx = torch.meshgrid(axis, axis, indexing='ij')
    cy, cx = (torch.rand(2, n, 1, 1) - 0.5) * 0.8
    radius = 0.25 + 0.3 * torch.rand(n, 1, 1)
    r = ((yy - cy) ** 2 + (xx - cx) ** 2).sqrt()
    return torch.exp(-((r - radius) / 0.15) ** 2).reshape(n, -1)


train, test = rings(cfg.n_train), rings(cfg.n_test)
D = cfg.size ** 2
encoder = nn.Sequential(nn.Linear(D, cfg.hidden), nn.ELU(), nn.Linear(cfg.hidden, 2 * cfg.latent))
decoder = nn.Sequential(nn.Linear(cfg.latent, cfg.hidden), nn.ELU(), nn.Linear(cfg.hidden, cfg.hidden), nn.ELU(),
                        nn.Linear(cfg.hidden, D))
opt = torch.optim.Adam([{'params': encoder.parameters()}, {'params': decoder.parameters()}], lr=cfg.lr)
sigma2 = 0.05 ** 2 * 4      # fixed pixel noise

for epoch in range(cfg.epochs):
    weight = min(1.0, (epoch + 1) / cfg.warmup)
    sums = torch.zeros(2)
    for x in train[torch.randperm(cfg.n_train)].split(cfg.batch):
        mu, logvar = encoder(x).chunk(2, 1)
        z = mu + (logvar / 2).exp() * torch.randn_like(mu)
        rec = ((decoder(z) - x) ** 2).sum(1).mean() / (2 * sigma2)
        kl = 0.5 * (mu ** 2 + logvar.exp() - 1 - logvar).sum(1).mean()
        opt.zero_grad()
        (rec + weight * kl).backward()
        opt.step()
        sums += torch.stack([rec, kl]).detach()
    if epoch % 4 == 3:
        n = cfg.n_train // cfg.batch
        print(f'epoch {epoch + 1} weight {weight:.2f} rec {sums[0] / n:.1f} kl {sums[1] / n:.1f}')

with torch.no_grad():
    out = decoder(encoder(test)[:, :cfg.latent])
    print('metric:', 1 - ((out - test) ** 2).sum().item() / ((train.mean(0) - test) ** 2).sum().item())
