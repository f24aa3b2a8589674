import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

# ------------------------------------------------------------------ synthetic MovieLens-like ratings
rng = np.random.RandomState(17)
n_users, n_items, k = 150, 120, 4
U, V = rng.randn(n_users, k), rng.randn(n_items, k)
bu, bi = 0.3 * rng.randn(n_users), 0.3 * rng.randn(n_items)
pairs = np.array([(u, i) for u in range(n_users) for i in range(n_items)])
pairs = pairs[rng.permutation(len(pairs))[:8000]]
r = 0.5 * (U[pairs[:, 0]] * V[pairs[:, 1]]).sum(1) + bu[pairs[:, 0]] + bi[pairs[:, 1]] + 3.5 + 0.2 * rng.randn(len(pairs))
pairs, r = torch.tensor(pairs), torch.tensor(r, dtype=torch.float32)
tr, te = slice(0, 6800), slice(6800, None)
global_mean = r[tr].mean()


class MF(nn.Module):
    def __init__(self, n_users, n_items, dim=6):
        super().__init__()
        self.user = nn.Embedding(n_users, dim)
        self.item = nn.Embedding(n_items, dim)
        self.user_bias = nn.Embedding(n_users, 1)
        self.item_bias = nn.Embedding(n_items, 1)
        for table in (self.user, self.item):
            nn.init.zeros_(table.weight)
        for table in (self.user_bias, self.item_bias):
            nn.init.zeros_(table.weight)

    def forward(self, u, i):
        dot = (self.user(u) * self.item(i)).sum(1)
        return global_mean + dot + self.user_bias(u).squeeze(1) + self.item_bias(i).squeeze(1)


torch.manual_seed(17)
model = MF(n_users, n_items)
factors = [model.user.weight, model.item.weight]
biases = [model.user_bias.weight, model.item_bias.weight]
opt = torch.optim.Adam([{"params": factors, "weight_decay": 1e-5}, {"params": biases}], lr=1e-2)
dl = DataLoader(TensorDataset(pairs[tr], r[tr]), batch_size=136, shuffle=True)

for ep in range(18):
    se = 0.0
    for p, target in dl:
        opt.zero_grad()
        err = model(p[:, 0], p[:, 1]) - target
        loss = err.square().mean()
        loss.backward()
        opt.step()
        se += err.detach().square().sum().item()
    if ep % 3 == 2:
        print(f"epoch {ep + 1}: train rmse {(se / 6800) ** 0.5:.3f}")

with torch.no_grad():
    e = model(pairs[te, 0], pairs[te, 1]) - r[te]
print("metric:", 1 - (e.square().mean() / (r[te] - global_mean).square().mean()).item())
