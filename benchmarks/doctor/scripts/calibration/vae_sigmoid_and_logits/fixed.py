import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser(description='VAE on 8x8 digits')
parser.add_argument('--latent', type=int, default=8)
parser.add_argument('--hidden', type=int, default=96)
parser.add_argument('--beta', type=float, default=0.2)
parser.add_argument('--epochs', type=int, default=20)
parser.add_argument('--batch-size', type=int, default=50)
parser.add_argument('--lr', type=float, default=2e-3)
args = parser.parse_args([])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, args.hidden), nn.ReLU())
        self.mu = nn.Linear(args.hidden, args.latent)
        self.logvar = nn.Linear(args.hidden, args.latent)

    def forward(self, x):
        h = self.body(x)
        return self.mu(h), self.logvar(h)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = nn.Sequential(nn.Linear(args.latent, args.hidden), nn.ReLU(), nn.Linear(args.hidden, 64), nn.Sigmoid())

    def forward(self, x):
        mu, logvar = self.encoder(x)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp() if self.training else mu
        return self.decoder(z), mu, logvar


def elbo(recon, x, mu, logvar):
    bce = F.binary_cross_entropy(recon, x, reduction='none').sum(1).mean()
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
    return bce + args.beta * kl, bce.item(), kl.item()


torch.manual_seed(77)
images = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)
images = images[torch.randperm(len(images))]
train, test = images[:1200], images[1200:]
loader = DataLoader(TensorDataset(train), batch_size=args.batch_size, shuffle=True)
vae = VAE()
optimizer = torch.optim.Adam(vae.parameters(), lr=args.lr)
for epoch in range(args.epochs):
    vae.train()
    for (x,) in loader:
        recon, mu, logvar = vae(x)
        loss, bce, kl = elbo(recon, x, mu, logvar)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 4 == 3:
        print(f'epoch {epoch + 1} bce {bce:.2f} kl {kl:.2f}')
vae.eval()
with torch.no_grad():
    recon = vae(test)[0]
print('metric:', 1 - F.mse_loss(recon, test).item() / (test - train.mean(0)).pow(2).mean().item())
