from dataclasses import dataclass
import torch
from torch import nn
from sklearn.datasets import make_friedman2


@dataclass
class Config:
    seed: int = 129
    lr: float = 0.02
    momentum: float = 0.999
    epochs: int = 15
    batch: int = 50


cfg = Config()
torch.manual_seed(cfg.seed)
X, y = make_friedman2(1000, noise=1.0, random_state=cfg.seed)
X, y = torch.tensor(X).float(), torch.tensor(y).float()
X = (X - X[:800].mean(0)) / X[:800].std(0)
y = (y - y[:800].mean()) / y[:800].std()
net = nn.Sequential(nn.Linear(4, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 1))
opt = torch.optim.SGD(net.parameters(), lr=cfg.lr, momentum=cfg.momentum)
for ep in range(cfg.epochs):
    for i in torch.randperm(800).split(cfg.batch):
        loss = nn.functional.mse_loss(net(X[i]).squeeze(1), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
with torch.no_grad():
    r2 = 1 - nn.functional.mse_loss(net(X[800:]).squeeze(1), y[800:]) / y[800:].var()
print("metric:", max(r2.item(), -9.0) if r2 == r2 else -9.0)
