import torch
from torch import nn

torch.manual_seed(26)


class SpectrumVAE(nn.Module):
    def __init__(self, d=32, z=4):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(d, 48), nn.Tanh())
        self.mu, self.logvar = nn.Linear(48, z), nn.Linear(48, z)
        self.dec = nn.Sequential(nn.Linear(z, 48), nn.Tanh(), nn.Linear(48, d))

    def forward(self, x):
        h = self.enc(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.dec(z), mu, logvar


def spectra(n):
    """Two peaks whose places move."""
    axis = torch.linspace(-3, 3, 32)
    a, b = torch.rand(n, 1) * 2 - 2.2, torch.rand(n, 1) * 2 + 0.2
    peaks = torch.exp(-((axis - a) ** 2) / 0.5) + torch.exp(-((axis - b) ** 2) / 0.5)
    return 2 * peaks - 0.6 + 0.05 * torch.randn(n, 32)


def train(model, x, epochs=24, batch=80):
    opt = torch.optim.Adam(model.parameters(), lr=4e-3)
    history = {"rec": [], "kl": []}
    for epoch in range(epochs):
        for rows in torch.randperm(len(x)).split(batch):
            out, mu, logvar = model(x[rows])
            rec = ((out - x[rows]) ** 2).sum(1).mean() / (2 * 0.2 ** 2)
            kl = -0.5 * (1 + logvar - mu ** 2 - logvar.exp()).sum(1).mean()
            opt.zero_grad()
            (rec + kl).backward()
            opt.step()
            history["rec"].append(rec.item())
            history["kl"].append(kl.item())
    return history


model = SpectrumVAE()
history = train(model, spectra(1600))
for name, values in history.items():
    print(name, float(sum(values[:20]) / 20), "->", float(sum(values[-20:]) / 20))
x = spectra(400)
with torch.no_grad():
    rebuilt = model.dec(model.mu(model.enc(x)))
print("metric:", 1 - ((rebuilt - x) ** 2).mean().item() / x.var(0).mean().item())
