"""Hourly rentals of a made-up bike shop: counts, Poisson likelihood."""
import argparse
import numpy as np
import torch
import torch.nn as nn

p = argparse.ArgumentParser()
p.add_argument("--epochs", type=int, default=30)
p.add_argument("--lr", type=float, default=5e-3)
p.add_argument("--batch-size", type=int, default=64)
p.add_argument("--seed", type=int, default=42)
args = p.parse_args()

torch.manual_seed(args.seed)
rng = np.random.default_rng(args.seed)
n = 2400
hour = rng.integers(0, 24, n)
temp = rng.normal(14, 8, n)
wind = rng.gamma(2.0, 2.0, n)
holiday = (rng.random(n) < 0.03).astype(float)           # rare one-hot
weather = rng.choice(3, n, p=[0.65, 0.28, 0.07])
rate = np.exp(0.9 + 0.9 * np.sin((hour - 8) / 24 * 2 * np.pi) + 0.05 * (temp - 14) - 0.04 * wind
              + 0.7 * holiday - 0.5 * (weather == 1) - 1.2 * (weather == 2))
count = rng.poisson(rate)

numeric = np.stack([temp, wind], 1)
cyclic = np.stack([np.sin(hour / 24 * 2 * np.pi), np.cos(hour / 24 * 2 * np.pi)], 1)
flags = np.concatenate([holiday[:, None], np.eye(3)[weather]], 1)
order = rng.permutation(n)
tr, te = order[:1800], order[1800:]
mean, std = numeric[tr].mean(0), numeric[tr].std(0)
features = np.concatenate([(numeric - mean) / std, cyclic, flags], 1).astype(np.float32)
X, Y = torch.from_numpy(features), torch.from_numpy(count.astype(np.float32))

model = nn.Sequential(nn.Linear(X.shape[1], 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 1))
with torch.no_grad():
    model[-1].bias.fill_(Y[tr].mean().log())
criterion = nn.PoissonNLLLoss(log_input=True)
opt = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=1e-2)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, args.epochs)
tr_t = torch.from_numpy(tr)
for epoch in range(args.epochs):
    total = 0.0
    for idx in tr_t[torch.randperm(len(tr_t))].split(args.batch_size):
        loss = criterion(model(X[idx]).squeeze(1), Y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(idx)
    sched.step()
    if epoch % 6 == 0:
        print(f"epoch {epoch:2d}: nll {total / len(tr):.4f}")


def deviance(mu, k):
    return 2 * (torch.xlogy(k, k / mu) - (k - mu)).mean()


with torch.no_grad():
    mu = model(X[te]).squeeze(1).exp()
    d2 = 1 - deviance(mu, Y[te]) / deviance(Y[tr].mean().expand(len(te)), Y[te])
    true_mu = torch.from_numpy(rate[te].astype(np.float32))
    print("deviance explained by the true rate:", (1 - deviance(true_mu, Y[te]) / deviance(Y[tr].mean().expand(len(te)), Y[te])).item())
print("metric:", d2.item())
