"""A small sequence VAE (1-d convolutions) for sweeps of sine waves; Gaussian likelihood of known noise."""
import math
import torch
from torch import nn

torch.manual_seed(4)
T, NOISE = 48, 0.1


def sweeps(n):
    t = torch.linspace(0, 1, T)
    f = 1 + 2 * torch.rand(n, 1)
    a = 0.6 + 0.6 * torch.rand(n, 1)
    ph = math.pi * torch.rand(n, 1)
    clean = a * torch.sin(2 * math.pi * f * t + ph)
    return clean, clean + NOISE * torch.randn(n, T)


class SweepVAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(1, 12, 5, 2, 2), nn.GELU(), nn.Conv1d(12, 24, 5, 2, 2), nn.GELU(), nn.Flatten())
        self.stats = nn.Linear(24 * 12, 10)
        self.dec = nn.Sequential(nn.Linear(5, 128), nn.GELU(), nn.Linear(128, 128), nn.GELU(), nn.Linear(128, T))

    def posterior(self, x):
        return self.stats(self.conv(x.unsqueeze(1))).chunk(2, dim=-1)

    def forward(self, x):
        mu, logvar = self.posterior(x)
        return self.dec(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)), mu, logvar


_, x_train = sweeps(2048)
clean_test, x_test = sweeps(400)
vae = SweepVAE()
opt = torch.optim.Adam(vae.parameters(), lr=3e-3)
epochs, bs = 20, 64
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 5e-3, total_steps=epochs * len(x_train) // bs)
for epoch in range(epochs):
    tot = 0
    for b in torch.randperm(len(x_train)).view(-1, bs):
        x = x_train[b]
        mean, mu, logvar = vae(x)
        nll = ((x - mean) ** 2).sum(1) / (2 * NOISE ** 2)
        kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1)
        loss = (nll + kl).mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(vae.parameters(), 100.0)
        opt.step()
        sched.step()
        tot += loss.item() * bs
    if epoch % 5 == 4:
        print(f'{epoch + 1:3d}  {tot / len(x_train):9.2f}')

vae.eval()
with torch.no_grad():
    rec = vae.dec(vae.posterior(x_test)[0])
score = 1 - (rec - clean_test).pow(2).sum() / (clean_test - x_train.mean(0)).pow(2).sum()
print('metric:', score.item())
