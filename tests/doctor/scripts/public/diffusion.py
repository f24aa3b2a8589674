"""A denoising diffusion model of two moons: the noise at a random time is foretold, then points are drawn."""

import torch
from fingerprint import fingerprint
from sklearn.datasets import make_moons
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
points = torch.tensor(make_moons(1500, noise=0.05, random_state=0)[0], dtype=torch.float32)
points = (points - points.mean(0)) / points.std(0)
timesteps = 50
betas = torch.linspace(1e-3, 0.1, timesteps)
alphas_cumprod = torch.cumprod(1 - betas, 0)


class Denoiser(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.time = nn.Embedding(timesteps, width)
        self.inp = nn.Linear(2, width)
        self.mid = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.out = nn.Linear(width, 2)

    def forward(self, x, t):
        return self.out(self.mid(self.inp(x) + self.time(t)))


model = Denoiser()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
loader = DataLoader(TensorDataset(points), batch_size=128, shuffle=True, drop_last=True)
for epoch in range(20):
    model.train()
    total = 0.0
    for (x,) in loader:
        noise, t = torch.randn_like(x), torch.randint(timesteps, (len(x),))
        a = alphas_cumprod[t].unsqueeze(1)
        loss = nn.functional.mse_loss(model(a.sqrt() * x + (1 - a).sqrt() * noise, t), noise)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    if epoch % 5 == 4:
        print(f"epoch {epoch}: {total / len(loader):.4f}")
model.eval()
with torch.no_grad():
    x = torch.randn(64, 2)
    for step in reversed(range(timesteps)):
        t = torch.full((64,), step)
        a, b = alphas_cumprod[step], betas[step]
        x = (x - b / (1 - a).sqrt() * model(x, t)) / (1 - b).sqrt()
        if step:
            x = x + b.sqrt() * torch.randn_like(x)
print(f"spread {x.std().item():.3f}")
fingerprint(model)
