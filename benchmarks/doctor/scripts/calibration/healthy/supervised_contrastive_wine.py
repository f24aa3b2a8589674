"""Supervised contrastive learning on the wine table, scored by the nearest class mean."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split


def sup_con(z, y, tau=0.2):
    sim = z @ z.T / tau
    self_mask = torch.eye(len(z), dtype=torch.bool)
    sim = sim.masked_fill(self_mask, float("-inf"))
    log_prob = sim - sim.logsumexp(1, keepdim=True)
    positive = (y[:, None] == y[None]) & ~self_mask
    return -(log_prob.masked_fill(~positive, 0.0).sum(1) / positive.sum(1).clamp(min=1)).mean()


torch.manual_seed(1)
x, y = load_wine(return_X_y=True)
xtr, xte, ytr, yte = train_test_split(x, y, test_size=0.3, stratify=y, random_state=5)
m, s = xtr.mean(0), xtr.std(0)
xtr, xte = (torch.tensor((a - m) / s, dtype=torch.float32) for a in (xtr, xte))
ytr, yte = torch.tensor(ytr), torch.tensor(yte)

net = torch.nn.Sequential(torch.nn.Linear(13, 32), torch.nn.GELU(), torch.nn.Linear(32, 8))
embed = lambda a: F.normalize(net(a), dim=1)
opt = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
for epoch in range(40):
    total, n = 0.0, 0
    for idx in torch.randperm(len(xtr)).split(62):
        z = embed(xtr[idx] + 0.1 * torch.randn(len(idx), 13))
        loss = sup_con(z, ytr[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total, n = total + loss.item(), n + 1
    if epoch % 10 == 9:
        # its floor is the logarithm of the number of positives, not zero
        print(f"epoch {epoch + 1}: {total / n:.4f}")

with torch.no_grad():
    centres = torch.stack([F.normalize(embed(xtr[ytr == k]).mean(0), dim=0) for k in range(3)])
    pred = (embed(xte) @ centres.T).argmax(1)
print("metric:", (pred == yte).float().mean().item())
