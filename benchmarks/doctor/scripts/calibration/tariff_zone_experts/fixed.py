import copy
import numpy as np
import torch
from torch import nn

# ----------------------------------------------------------------------------------------------
# Parcel prices follow one linear tariff per zone; the zone borders are not known.
# A soft mixture of linear experts should find them.
# ----------------------------------------------------------------------------------------------
torch.manual_seed(21)
rng = np.random.default_rng(21)
N, D, K = 2000, 2, 8


def clones(module, n):
    "n modules of one kind"
    return nn.ModuleList([copy.deepcopy(module) for _ in range(n)])


class LinearExperts(nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.experts = clones(nn.Linear(d, 1), k)
        for expert in self.experts:
            expert.reset_parameters()
        self.gate = nn.Sequential(nn.Linear(d, 24), nn.Tanh(), nn.Linear(24, k))
        nn.init.zeros_(self.gate[2].weight)   # every expert has the same say in the beginning
        nn.init.zeros_(self.gate[2].bias)

    def forward(self, x):
        w = torch.softmax(self.gate(x), dim=-1)
        out = torch.cat([expert(x) for expert in self.experts], dim=-1)
        return (w * out).sum(-1)


X = rng.uniform(-1, 1, (N, D)).astype(np.float32)
zone = np.floor((np.arctan2(X[:, 1], X[:, 0]) + np.pi) / (2 * np.pi) * 5).clip(0, 4).astype(int)
slopes = np.array([[3.0, -1.0], [-2.0, 2.0], [1.0, 3.0], [-3.0, -2.0], [2.0, 1.0]])
y = (slopes[zone] * X).sum(1) + np.array([0.5, -0.5, 1.0, 0.0, -1.0])[zone] + 0.1 * rng.standard_normal(N)
y = y.astype(np.float32)

n_train = 1600
y_mean, y_std = y[:n_train].mean(), y[:n_train].std()
X, y = torch.from_numpy(X / np.sqrt(1 / 3).astype(np.float32)), torch.from_numpy((y - y_mean) / y_std)

model = LinearExperts(D, K)
opt = torch.optim.SGD(model.parameters(), lr=0.15, momentum=0.9)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 24)

for epoch in range(24):
    perm = torch.randperm(n_train)
    losses = []
    for b in range(0, n_train, 40):
        i = perm[b:b + 40]
        loss = nn.functional.mse_loss(model(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    sched.step()
    if epoch % 4 == 3:
        print(epoch + 1, np.mean(losses))

with torch.no_grad():
    rest = y[n_train:]
    r2 = 1 - ((model(X[n_train:]) - rest) ** 2).mean() / rest.var()
print("metric:", r2.item())
