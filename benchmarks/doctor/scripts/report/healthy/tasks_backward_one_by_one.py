"""Four properties of a steel from its recipe. One backward per property, one step for all."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn


@dataclass
class Settings:
    seed: int = 61
    epochs: int = 24
    batch: int = 64
    lr: float = 2e-3
    weights: dict = field(default_factory=lambda: {"hardness": 1.0, "strength": 1.0, "elongation": 1.0, "fails": 0.5})


S = Settings()
torch.manual_seed(S.seed)
rng = np.random.default_rng(S.seed)

n = 2400
recipe = np.column_stack(
    [
        rng.uniform(0.1, 0.9, n),
        rng.uniform(0, 18, n),
        rng.uniform(0, 9, n),
        rng.uniform(750, 1100, n),
        rng.uniform(1, 60, n),
    ]
)
c, cr, ni, temp, minutes = recipe.T
hot = (temp - 925) / 100
hardness = 180 + 260 * c + 4 * cr - 30 * hot - 8 * np.log(minutes) + 8 * rng.standard_normal(n)
strength = 3.2 * hardness + 9 * ni * (1 - c) + 25 * rng.standard_normal(n)
elongation = 38 - 0.06 * hardness + 1.1 * ni + 1.5 * hot**2 + 1.2 * rng.standard_normal(n)
fails = (0.02 * (hardness - 290) - 0.12 * (elongation - 20) + 0.3 * rng.logistic(size=n) > 0.2).astype(float)
targets = {"hardness": hardness, "strength": strength, "elongation": elongation, "fails": fails}

train, test = np.arange(1900), np.arange(1900, n)
x = torch.tensor((recipe - recipe[train].mean(0)) / recipe[train].std(0), dtype=torch.float32)
y = {}
for name, values in targets.items():
    if name != "fails":
        values = (values - values[train].mean()) / values[train].std()
    y[name] = torch.tensor(values, dtype=torch.float32)


class SteelNet(nn.Module):
    def __init__(self, names):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(5, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU())
        self.heads = nn.ModuleDict({k: nn.Linear(64, 1) for k in names})


model = SteelNet(targets)
optimizer = torch.optim.Adam(model.parameters(), lr=S.lr)
losses = {k: nn.SmoothL1Loss() for k in targets}
losses["fails"] = nn.BCEWithLogitsLoss()

for epoch in range(S.epochs):
    seen = dict.fromkeys(targets, 0.0)
    batches = np.array_split(rng.permutation(train), len(train) // S.batch)
    for rows in batches:
        optimizer.zero_grad()
        features = model.trunk(x[rows])
        # gradients of the heads are gathered at the features, then sent through the trunk once
        leaf = features.detach().requires_grad_()
        for name, head in model.heads.items():
            loss = S.weights[name] * losses[name](head(leaf).squeeze(1), y[name][rows])
            loss.backward()
            seen[name] += loss.item() / len(batches)
        features.backward(leaf.grad)
        optimizer.step()
    if epoch % 4 == 3:
        print(epoch + 1, {k: round(v, 4) for k, v in seen.items()})

with torch.no_grad():
    features = model.trunk(x[test])
    scores = []
    for name in ("hardness", "strength", "elongation"):
        truth = y[name][test]
        error = ((model.heads[name](features).squeeze(1) - truth) ** 2).mean()
        scores.append(1 - (error / truth.var(unbiased=False)).item())
    right = ((model.heads["fails"](features).squeeze(1) > 0).float() == y["fails"][test]).float().mean().item()
print("R2", [round(s, 3) for s in scores], "fails right", round(right, 3))
print(f"metric: {np.mean(scores):.4f}")
