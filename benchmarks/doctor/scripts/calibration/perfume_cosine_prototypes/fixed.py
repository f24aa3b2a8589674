"""Perfume families from gas-chromatograph peaks: embeddings compared with learned prototypes by their cosine."""
import torch
import torch.nn.functional as F
from torch import nn


class CosinePrototypes(nn.Module):
    def __init__(self, peaks, families, size=24, scale=12.0):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(peaks, 64),
            nn.LayerNorm(64),
            nn.LeakyReLU(0.1),
            nn.Linear(64, size),
        )
        self.prototypes = nn.Parameter(torch.randn(families, size))
        self.scale = scale

    def forward(self, x):
        z = F.normalize(self.body(x), dim=1)
        p = F.normalize(self.prototypes, dim=1)
        return self.scale * z @ p.t()


def chromatograms(n, recipe):
    family = torch.randint(len(recipe), (n,))
    mix = recipe[family] * (1 + 0.25 * torch.randn(n, recipe.shape[1]))
    strength = torch.empty(n, 1).uniform_(0.5, 1.5)
    return torch.log1p((mix * strength + 0.3 * torch.rand_like(mix)).clamp_min(0)), family


torch.manual_seed(19)
recipe = torch.distributions.Gamma(0.7, 0.7).sample((9, 30))
x_train, y_train = chromatograms(1280, recipe)
x_test, y_test = chromatograms(450, recipe)
mu, sd = x_train.mean(0), x_train.std(0)
x_train, x_test = (x_train - mu) / sd, (x_test - mu) / sd

net = CosinePrototypes(30, 9)
opt = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
for epoch in range(12):
    net.train()
    order = torch.randperm(len(x_train))
    running = 0.0
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        loss = F.cross_entropy(net(x_train[rows]), y_train[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        running += loss.item() / 40
    net.eval()
    with torch.no_grad():
        acc = (net(x_test).argmax(1) == y_test).float().mean().item()
    print(f"{epoch + 1:3d} {running:.4f} {acc:.4f}")
print("metric:", acc)
