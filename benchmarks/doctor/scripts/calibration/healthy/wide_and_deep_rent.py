"""Bike rentals: categories as embeddings, numbers normalised, a wide linear part beside the deep one. 1 return late in 4."""
from dataclasses import dataclass
import torch
from torch import nn


@dataclass
class Config:
    epochs: int = 15
    batch: int = 100
    lr: float = 3e-3


def rentals(n):
    station, day, member = torch.randint(12, (n,)), torch.randint(7, (n,)), torch.randint(2, (n,))
    km, temp = torch.randn(n).exp() * 2, 15 + 8 * torch.randn(n)
    logit = (station % 4 - 1.5) + 1.5 * (day > 4) - 1.5 * member + 1.2 * torch.log(km / 2) - 0.1 * (temp - 15) - 1.3
    late = (torch.rand(n) < torch.sigmoid(1.5 * logit)).float()
    return torch.stack([station, day, member], 1), torch.stack([km.log(), temp], 1), late


class WideDeep(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(12, 6), nn.Embedding(7, 4), nn.Embedding(2, 2)])
        self.deep = nn.Sequential(nn.Linear(14, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))
        self.wide = nn.ModuleList([nn.Embedding(12, 1), nn.Embedding(7, 1), nn.Embedding(2, 1)])
        for w in self.wide:
            nn.init.zeros_(w.weight)

    def forward(self, cats, nums):
        deep = torch.cat([t(cats[:, i]) for i, t in enumerate(self.tables)] + [nums], 1)
        return (self.deep(deep) + sum(w(cats[:, i]) for i, w in enumerate(self.wide))).squeeze(1)


torch.manual_seed(58)
cfg = Config()
c, x, y = rentals(4000)
ct, xt, yt = rentals(1500)
m, s = x.mean(0), x.std(0)
x, xt = (x - m) / s, (xt - m) / s
net = WideDeep()
opt = torch.optim.AdamW(net.parameters(), lr=cfg.lr, weight_decay=1e-2)
for epoch in range(cfg.epochs):
    net.train()
    for k in torch.randperm(len(y)).split(cfg.batch):
        loss = nn.functional.binary_cross_entropy_with_logits(net(c[k], x[k]), y[k])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item(), "late share", y.mean().item())
net.eval()
with torch.no_grad():
    p = net(ct, xt)
late, fine = p[yt == 1], p[yt == 0]
print("metric:", (late[:, None] > fine[None]).float().mean().item())
