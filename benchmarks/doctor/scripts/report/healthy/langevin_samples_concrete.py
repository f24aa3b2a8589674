# Stochastic gradient Langevin dynamics: noise is added to every step on purpose; the predictions of many
# visited weights are averaged.
import numpy as np
import torch
from torch import nn

torch.manual_seed(23)
rng = np.random.default_rng(23)

n = 700
mix = rng.uniform(0, 1, (n, 6))
strength = (
    3 * mix[:, 0] * (1 - 0.6 * mix[:, 1]) + 1.2 * np.log1p(9 * mix[:, 2]) - 0.9 * mix[:, 3] ** 2 + 0.4 * mix[:, 4]
) + 0.2 * rng.standard_normal(n)
x = torch.tensor((mix - 0.5) * np.sqrt(12), dtype=torch.float32)
train, test = slice(0, 560), slice(560, n)
y = torch.tensor((strength - strength[train].mean()) / strength[train].std(), dtype=torch.float32)

net = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1), nn.Flatten(0))
N, BATCH, STEPS, BURN_IN = 560, 56, 1200, 500
NOISE_VAR = 0.08  # variance of the measured strength, in scaled units


def potential(rows):
    """Minus the log posterior (up to a constant), from a mini-batch."""
    misfit = ((net(x[rows]) - y[rows]) ** 2).sum() / (2 * NOISE_VAR)
    prior = sum((p**2).sum() for p in net.parameters()) / 2
    return misfit * (N / len(rows)) + prior


@torch.no_grad()
def langevin_step(eps):
    for p in net.parameters():
        p -= 0.5 * eps * p.grad
        p += eps**0.5 * torch.randn_like(p)
        p.grad = None


kept = []
for step in range(STEPS):
    eps = 4e-5 * (1 + step / 200) ** -0.4
    energy = potential(torch.randperm(N)[:BATCH])
    energy.backward()
    langevin_step(eps)
    if step >= BURN_IN and step % 10 == 0:
        with torch.no_grad():
            kept.append(net(x[test]))
    if step % 200 == 0:
        print(f"{step:5d}  energy per row {energy.item() / N:.3f}")

mean = torch.stack(kept).mean(0)
r2 = 1 - ((mean - y[test]) ** 2).sum() / ((y[test] - y[test].mean()) ** 2).sum()
print(f"{len(kept)} samples, mean spread {torch.stack(kept).std(0).mean():.3f}")
print(f"metric: {r2.item():.4f}")
