"""VQ-VAE on digits: straight-through gradients, a codebook that is moved by running means and not by the optimiser."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


class Codebook(nn.Module):
    def __init__(self, size, dim, decay=0.95):
        super().__init__()
        self.decay = decay
        self.register_buffer("codes", torch.randn(size, dim))
        self.register_buffer("count", torch.ones(size))
        self.register_buffer("total", self.codes.clone())

    def forward(self, z):
        flat = z.reshape(-1, z.shape[-1])
        nearest = torch.cdist(flat.detach(), self.codes).argmin(1)
        if self.training:
            with torch.no_grad():
                one_hot = F.one_hot(nearest, len(self.codes)).float()
                self.count.mul_(self.decay).add_(one_hot.sum(0), alpha=1 - self.decay)
                self.total.mul_(self.decay).add_(one_hot.T @ flat, alpha=1 - self.decay)
                self.codes.copy_(self.total / self.count.clamp(min=1e-3).unsqueeze(1))
                unused = self.count < 0.05
                if unused.any():  # give codes that nobody uses to vectors of this batch
                    self.codes[unused] = flat[torch.randint(len(flat), (int(unused.sum()),))]
                    self.count[unused] = 1.0
                    self.total[unused] = self.codes[unused]
        quantised = self.codes[nearest].view_as(z)
        commitment = F.mse_loss(z, quantised)
        return z + (quantised - z).detach(), commitment, nearest


class VQVAE(nn.Module):
    def __init__(self, codes=64, dim=8, slots=6):
        super().__init__()
        self.slots = slots
        self.enc = nn.Sequential(nn.Linear(64, 128), nn.SiLU(), nn.Linear(128, slots * dim))
        self.book = Codebook(codes, dim)
        self.dec = nn.Sequential(nn.Linear(slots * dim, 128), nn.SiLU(), nn.Linear(128, 64))

    def forward(self, x):
        z = self.enc(x).view(len(x), self.slots, -1)
        q, commitment, used = self.book(z)
        return self.dec(q.flatten(1)), commitment, used


torch.manual_seed(4)
data = torch.tensor(load_digits().data, dtype=torch.float32)
data = data[torch.randperm(len(data))]
mean, std = data[:1400].mean(), data[:1400].std()
data = (data - mean) / std
train, test = data[:1400], data[1400:]

model = VQVAE()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 35)
for epoch in range(35):
    model.train()
    recon_sum = 0.0
    for x in train[torch.randperm(1400)].split(70):
        out, commitment, _ = model(x)
        recon = F.mse_loss(out, x)
        loss = recon + 0.25 * commitment
        opt.zero_grad()
        loss.backward()
        opt.step()
        recon_sum += recon.item() / 20
    sched.step()
    if epoch % 7 == 6:
        model.eval()
        with torch.no_grad():
            out, _, used = model(test)
        print(
            f"epoch {epoch + 1}: train {recon_sum:.3f} test {F.mse_loss(out, test).item():.3f} codes {used.unique().numel()}"
        )
residual = F.mse_loss(out, test) / (test - train.mean(0)).square().mean()
print("metric:", 1 - residual.item())
