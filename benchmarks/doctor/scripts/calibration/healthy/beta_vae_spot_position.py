"""beta-VAE on pictures of one bright spot: do the latents recover where the spot is?"""
import argparse
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

p = argparse.ArgumentParser()
p.add_argument('--beta', type=float, default=3.0)
p.add_argument('--latent', type=int, default=4)
p.add_argument('--epochs', type=int, default=20)
p.add_argument('--lr', type=float, default=2e-3)
args = p.parse_args()

torch.manual_seed(3)
rng = np.random.default_rng(3)
pos = rng.uniform(2.5, 9.5, size=(3000, 2))
grid = np.arange(12)
dist = (grid[None, :, None] - pos[:, 0, None, None]) ** 2 + (grid[None, None, :] - pos[:, 1, None, None]) ** 2
imgs = torch.tensor(np.exp(-dist / 4.5), dtype=torch.float32).flatten(1)
pos = torch.tensor(pos, dtype=torch.float32)
x_train, x_test = imgs[:2500], imgs[2500:]

enc = nn.Sequential(nn.Linear(144, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU())
to_mu, to_lv = nn.Linear(48, args.latent), nn.Linear(48, args.latent)
dec = nn.Sequential(nn.Linear(args.latent, 48), nn.ReLU(), nn.Linear(48, 96), nn.ReLU(), nn.Linear(96, 144))
model = nn.ModuleList([enc, to_mu, to_lv, dec])
opt = torch.optim.Adam(model.parameters(), lr=args.lr)

for ep in range(args.epochs):
    perm = torch.randperm(len(x_train))
    rec_sum = kl_sum = 0.0
    for i in range(0, len(perm), 100):
        x = x_train[perm[i:i + 100]]
        h = enc(x)
        mu, lv = to_mu(h), to_lv(h)
        z = mu + torch.randn_like(mu) * torch.exp(lv / 2)
        rec = F.binary_cross_entropy_with_logits(dec(z), x, reduction='none').sum(1).mean()
        kl = (-0.5 * (1 + lv - mu ** 2 - lv.exp())).sum(1).mean()
        loss = rec + args.beta * kl
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        rec_sum += rec.item()
        kl_sum += kl.item()
    if ep % 4 == 3:
        print(f'[{ep + 1:02d}] rec {rec_sum / 25:.2f} kl {kl_sum / 25:.2f}')

with torch.no_grad():
    z_tr, z_te = to_mu(enc(x_train)), to_mu(enc(x_test))
    # unused latents are expected to fall back to the prior
    print('variance per latent', z_tr.var(0).numpy().round(2))


def poly(z):
    sq = (z[:, :, None] * z[:, None, :]).flatten(1)
    return torch.cat([torch.ones(len(z), 1), z, sq], 1)


w = torch.linalg.lstsq(poly(z_tr), pos[:2500], driver='gelsd').solution
resid = pos[2500:] - poly(z_te) @ w
print('metric:', (1 - resid.pow(2).sum() / (pos[2500:] - pos[:2500].mean(0)).pow(2).sum()).item())
