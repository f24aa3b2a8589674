"""Insurance-like claims: log-normal costs, learned on the log scale with a Huber loss."""
import math
import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader

rng = np.random.default_rng(77)
torch.manual_seed(77)
REGIONS, MODELS = 9, 25
region_effect = rng.normal(0, 0.5, REGIONS)
model_effect = rng.normal(0, 0.6, MODELS)


class Claims(Dataset):
    def __init__(self, n):
        p = np.arange(1, MODELS + 1) ** -0.7
        self.region = rng.integers(0, REGIONS, n)
        self.model = rng.choice(MODELS, n, p=p / p.sum())
        self.age = rng.uniform(0, 20, n)
        self.speed = rng.gamma(6, 10, n)
        z = 6 + region_effect[self.region] + model_effect[self.model] - 0.05 * self.age + 0.012 * self.speed
        self.cost = np.exp(z + 0.3 * rng.standard_t(5, n))

    def __len__(self):
        return len(self.cost)

    def __getitem__(self, i):
        return {"region": self.region[i], "model": self.model[i],
                "num": np.array([self.age[i], self.speed[i]], dtype=np.float32), "cost": np.float32(self.cost[i])}


train, test = Claims(2000), Claims(700)
num_mean = torch.tensor([train.age.mean(), train.speed.mean()], dtype=torch.float32)
num_std = torch.tensor([train.age.std(), train.speed.std()], dtype=torch.float32)
log_cost = np.log(train.cost)
t_mean, t_std = float(log_cost.mean()), float(log_cost.std())
print(f"cost: median {np.median(train.cost):.0f}, mean {train.cost.mean():.0f}, max {train.cost.max():.0f}")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.region = nn.Embedding(REGIONS, 4)
        self.model = nn.Embedding(MODELS, 6)
        self.mlp = nn.Sequential(nn.Linear(12, 48), nn.ReLU(), nn.Linear(48, 1))
        self.register_buffer("mean", num_mean)
        self.register_buffer("std", num_std)

    def forward(self, batch):
        num = (batch["num"] - self.mean) / self.std
        return self.mlp(torch.cat([self.region(batch["region"]), self.model(batch["model"]), num], 1)).squeeze(1)


net = Net()
loader = DataLoader(train, batch_size=50, shuffle=True)
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 12)
huber = nn.HuberLoss(delta=1.0)
for epoch in range(12):
    s = 0.0
    for batch in loader:
        opt.zero_grad()
        loss = huber(net(batch), (batch["cost"].log() - t_mean) / t_std)
        loss.backward()
        opt.step()
        s += loss.item()
    sched.step()
    print(epoch, round(s / len(loader), 4))
with torch.no_grad():
    whole = next(iter(DataLoader(test, batch_size=len(test))))
    pred = net(whole) * t_std + t_mean
    truth = whole["cost"].log()
    print("metric:", (1 - (pred - truth).pow(2).sum() / (truth - truth.mean()).pow(2).sum()).item())
