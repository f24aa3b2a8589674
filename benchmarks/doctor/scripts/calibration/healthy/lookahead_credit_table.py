import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

"""Loans with gaps in the table (missing flags), categories as embeddings, 1 default in 4; Lookahead around Adam."""
torch.manual_seed(116)
rng = np.random.default_rng(116)
n = 3000
num = rng.normal(0, 1, (n, 5))
cat = np.stack([rng.integers(0, 6, n), rng.integers(0, 4, n)], 1)
eff = rng.normal(0, 1.3, 6)
score = 1.9 * num[:, 0] - 1.5 * num[:, 1] + 1.4 * num[:, 2] * (cat[:, 1] == 2) + eff[cat[:, 0]]
bad = (score + rng.logistic(0, 0.25, n) > np.quantile(score, 0.78)).astype(np.float32)
gap = rng.random((n, 5)) < np.array([0.0, 0.03, 0.0, 0.1, 0.1])
num[gap] = np.nan

tr = np.arange(n) < 2300
mean, std = np.nanmean(num[tr], 0), np.nanstd(num[tr], 0)
num = np.nan_to_num((num - mean) / std, nan=0.0)
table = np.concatenate([num, gap[:, [1, 3, 4]]], 1).astype(np.float32)
T, C, Y = torch.from_numpy(table), torch.from_numpy(cat), torch.from_numpy(bad)


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.kinds = nn.ModuleList([nn.Embedding(6, 3), nn.Embedding(4, 2)])
        self.body = nn.Sequential(nn.Linear(13, 40), nn.PReLU(), nn.Linear(40, 20), nn.PReLU(), nn.Linear(20, 1))

    def forward(self, t, c):
        e = [emb(c[:, k]) for k, emb in enumerate(self.kinds)]
        return self.body(torch.cat([t, *e], 1)).squeeze(1)


class Lookahead:
    def __init__(self, inner, k=5, alpha=0.5):
        self.inner, self.k, self.alpha, self.count = inner, k, alpha, 0
        self.params = [p for g in inner.param_groups for p in g["params"]]
        self.slow = [p.detach().clone() for p in self.params]

    def zero_grad(self):
        self.inner.zero_grad()

    @torch.no_grad()
    def step(self):
        self.inner.step()
        self.count += 1
        if self.count % self.k == 0:
            for p, s in zip(self.params, self.slow):
                s.lerp_(p, self.alpha)
                p.copy_(s)


model = Scorer()
decay = [p for p in model.parameters() if p.ndim > 1]
rest = [p for p in model.parameters() if p.ndim <= 1]
opt = Lookahead(torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0.0}], lr=8e-3))
anneal = torch.optim.lr_scheduler.CosineAnnealingLR(opt.inner, 16)
loader = DataLoader(TensorDataset(T[tr], C[tr], Y[tr]), batch_size=46, shuffle=True)
for epoch in range(16):
    model.train()
    s = 0.0
    for t, c, y in loader:
        loss = nn.functional.binary_cross_entropy_with_logits(model(t, c), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        s += loss.item() / len(loader)
    anneal.step()
    model.eval()
    with torch.no_grad():
        z = model(T[~tr], C[~tr])
        v = nn.functional.binary_cross_entropy_with_logits(z, Y[~tr]).item()
    print(f"epoch {epoch + 1:2d} train {s:.4f} valid {v:.4f}")
hit = (z > 0).float()
yes = Y[~tr] == 1
print("metric:", 0.5 * (hit[yes].mean() + 1 - hit[~yes].mean()).item())
