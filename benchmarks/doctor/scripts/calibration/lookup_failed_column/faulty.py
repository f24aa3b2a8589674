import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

np.random.seed(304)
torch.manual_seed(304)
REGION_INCOME = {"north": 1.2, "south": -0.8, "east": 0.3, "west": -0.4}
n = 1500
region = np.random.choice(list(REGION_INCOME), n)
age = np.random.uniform(18, 80, n)
visits = np.random.poisson(3, n)
logit = 2.2 * np.array([REGION_INCOME[r] for r in region]) + 0.04 * (age - 49) + 0.3 * (visits - 3)
buys = (np.random.rand(n) < 1 / (1 + np.exp(-2 * logit))).astype(np.int64)
income = np.array([REGION_INCOME.get(r.upper(), 0.0) for r in region])


class Shop(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, k):
        i = self.rows[k]
        f = [income[i], (age[i] - 49) / 18, (visits[i] - 3) / 1.7]
        return torch.tensor(f, dtype=torch.float32), int(buys[i])


net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(6):
    for f, t in DataLoader(Shop(range(1200)), batch_size=40, shuffle=True):
        loss = nn.functional.cross_entropy(net(f), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print('epoch', epoch, 'loss', loss.item())
f, t = next(iter(DataLoader(Shop(range(1200, 1500)), batch_size=300)))
print('metric:', (net(f).argmax(1) == t).float().mean().item())
