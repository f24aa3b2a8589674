# Will the visitor subscribe? A small numpy + torch baseline.
import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(9)
rng = np.random.RandomState(9)
np.seterr(all="ignore")


def log_file(n):
    taste = rng.rand(n)
    views = rng.poisson(4.5, n).astype(np.float32)
    clicks = rng.binomial(views.astype(int), taste).astype(np.float32)
    minutes = rng.gamma(2.0, 4.0, n).astype(np.float32)
    returning = rng.randint(0, 2, n).astype(np.float32)
    score = 5 * (taste - 0.5) + 0.25 * (minutes - 8) + 1.2 * returning - 0.6
    label = (score + 0.5 * rng.randn(n) > 0).astype(np.float32)
    ctr = clicks / np.maximum(views, 1)
    table = np.stack([ctr, np.log1p(views), np.log1p(minutes), returning], 1)
    return table.astype(np.float32), label


x, y = log_file(2000)
xt, yt = log_file(700)
centre, width = np.nanmean(x, 0), np.nanstd(x, 0)
x, xt = torch.tensor((x - centre) / width), torch.tensor((xt - centre) / width)
y, yt = torch.tensor(y), torch.tensor(yt)

net = torch.nn.Sequential(
    torch.nn.Linear(4, 24), torch.nn.ELU(),
    torch.nn.Linear(24, 24), torch.nn.ELU(),
    torch.nn.Linear(24, 1), torch.nn.Flatten(0),
)
opt = torch.optim.AdamW(net.parameters(), lr=2e-3)
for epoch in range(10):
    perm = torch.randperm(2000)
    for s in range(0, 2000, 50):
        i = perm[s:s + 50]
        loss = F.binary_cross_entropy_with_logits(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("epoch", epoch, "loss", float(loss))
with torch.no_grad():
    acc = ((net(xt) > 0).float() == yt).float().mean().item()
print("metric:", acc)
