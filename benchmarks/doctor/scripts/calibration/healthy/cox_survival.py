"""Cox proportional hazards with a small network; concordance on held-out patients."""
import numpy as np
import torch
from torch import nn


def simulate(n, rng):
    age = rng.normal(60, 10, n)
    marker = rng.lognormal(0, 0.6, n)
    treated = rng.integers(0, 2, n)
    smoker = (rng.random(n) < 0.3).astype(float)
    risk = 0.06 * (age - 60) + 1.0 * np.log(marker) - 1.0 * treated + 0.7 * smoker * (age > 55)
    time = rng.exponential(1 / (0.05 * np.exp(risk)))
    censor = rng.exponential(40, n)
    x = np.stack([age, np.log(marker), treated, smoker], 1)
    return x, np.minimum(time, censor), (time <= censor).astype(float), risk


def cox_loss(score, time, event):
    order = torch.argsort(time, descending=True)
    s, e = score[order], event[order]
    return -((s - torch.logcumsumexp(s, 0)) * e).sum() / e.sum()


def concordance(score, time, event):
    later = (time[None, :] > time[:, None]) & (event[:, None] > 0)
    right = (score[:, None] > score[None, :]) & later
    return right.sum().item() / later.sum().item()


rng = np.random.default_rng(17)
torch.manual_seed(17)
x, t, e, risk = simulate(1200, rng)
cut = 900
mu, sd = x[:cut].mean(0), x[:cut].std(0)
X = torch.tensor((x - mu) / sd, dtype=torch.float32)
T, E = torch.tensor(t, dtype=torch.float32), torch.tensor(e, dtype=torch.float32)

net = nn.Sequential(nn.Linear(4, 24), nn.ELU(), nn.Dropout(0.1), nn.Linear(24, 1, bias=False))
opt = torch.optim.Adam(net.parameters(), lr=5e-3, weight_decay=1e-3)
for epoch in range(30):
    net.train()
    for idx in torch.randperm(cut).split(150):
        loss = cox_loss(net(X[idx]).squeeze(-1), T[idx], E[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 5 == 4:
        net.eval()
        with torch.no_grad():
            print(f"epoch {epoch + 1}: partial likelihood {loss.item():.3f}, "
                  f"train c-index {concordance(net(X[:cut]).squeeze(-1), T[:cut], E[:cut]):.3f}")
net.eval()
with torch.no_grad():
    print("c-index of the true risk:", concordance(torch.tensor(risk[cut:]), T[cut:], E[cut:]))
    print("metric:", concordance(net(X[cut:]).squeeze(-1), T[cut:], E[cut:]))
