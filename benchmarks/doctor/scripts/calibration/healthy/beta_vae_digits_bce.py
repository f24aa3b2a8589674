import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(217)
x = torch.tensor(load_digits().data, dtype=torch.float32) / 16


class VAE(nn.Module):
    def __init__(self, z=6):
        super().__init__()
        self.enc = nn.Linear(64, 80)
        self.mu, self.logvar = nn.Linear(80, z), nn.Linear(80, z)
        self.dec = nn.Sequential(nn.Linear(z, 80), nn.ReLU(), nn.Linear(80, 64))

    def forward(self, x):
        h = F.relu(self.enc(x))
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp() if self.training else mu
        return self.dec(z), mu, logvar


vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=2e-3)
beta = 0.5
for epoch in range(12):
    vae.train()
    total = 0
    for b in torch.randperm(1500).split(50):
        logits, mu, logvar = vae(x[b])
        bce = F.binary_cross_entropy_with_logits(logits, x[b], reduction="sum") / len(b)
        kl = -0.5 * (1 + logvar - mu ** 2 - logvar.exp()).sum() / len(b)
        loss = bce + beta * kl
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / 30)
vae.eval()
with torch.no_grad():
    r = torch.sigmoid(vae(x[1500:])[0])
print("metric:", 1 - ((r - x[1500:]) ** 2).mean().item() / ((x[1500:] - x[:1500].mean(0)) ** 2).mean().item())
