"""Contrastive learning without labels: two microphones hear the same bird. Judged by a nearest-centroid probe."""
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(37)
BIRDS = torch.randn(6, 10)
ears = [torch.randn(10, 24) / 3, torch.randn(10, 24) / 3]


def hear(n):
    who = torch.randint(6, (n,))
    song = BIRDS[who] + 0.5 * torch.randn(n, 10)
    return [song @ e + 0.3 * torch.randn(n, 24) for e in ears], who


def tower():
    return nn.Sequential(nn.Linear(24, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 16))


left, right = tower(), tower()
log_scale = nn.Parameter(torch.tensor(2.0))
opt = torch.optim.AdamW([{"params": [*left.parameters(), *right.parameters()]}, {"params": [log_scale], "weight_decay": 0.0}],
                        lr=2e-3, weight_decay=0.01)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 25)
(a_all, b_all), _ = hear(3072)
for epoch in range(25):
    for k in torch.randperm(3072).split(128):
        a, b = F.normalize(left(a_all[k]), dim=1), F.normalize(right(b_all[k]), dim=1)
        sim = log_scale.exp() * a @ b.T
        target = torch.arange(len(k))
        loss = 0.5 * (F.cross_entropy(sim, target) + F.cross_entropy(sim.T, target))
        opt.zero_grad()
        loss.backward()
        opt.step()
        log_scale.data.clamp_(max=4.6)
    sched.step()
    if epoch % 5 == 4:
        print(epoch + 1, "loss", loss.item(), "scale", log_scale.exp().item())

left.eval()
with torch.no_grad():
    (a, _), who = hear(600)
    (c, _), known = hear(600)
    a, c = F.normalize(left(a), dim=1), F.normalize(left(c), dim=1)
    centre = torch.stack([c[known == k].mean(0) for k in range(6)])
    print("metric:", ((a @ centre.T).argmax(1) == who).float().mean().item())
