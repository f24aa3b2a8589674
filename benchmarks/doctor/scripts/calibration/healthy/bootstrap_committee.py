"""Five networks, five optimisers, five draws with replacement; the committee's mean is what counts."""
import numpy as np
import torch
from sklearn.datasets import make_friedman1
from torch import nn

torch.manual_seed(7)
rng = np.random.default_rng(7)
x, y = make_friedman1(1200, n_features=8, noise=0.5, random_state=7)
x = torch.tensor((x - 0.5) * 12**0.5, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
x, x_test, y, y_test = x[:900], x[900:], y[:900], y[900:]
mu, sigma = y.mean(), y.std()
committee = [nn.Sequential(nn.Linear(8, 40), nn.SiLU(), nn.Linear(40, 1)) for _ in range(5)]
for number, member in enumerate(committee):
    own = torch.as_tensor(rng.integers(0, len(x), len(x)))
    optimizer = torch.optim.AdamW(member.parameters(), lr=0.01, weight_decay=1e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 14)
    for _ in range(14):
        for rows in own[torch.randperm(len(own))].split(45):
            loss = (member(x[rows]).squeeze(1) - (y[rows] - mu) / sigma).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
    print("member", number, "last loss", round(loss.item(), 4))
with torch.no_grad():
    mean = torch.stack([m(x_test).squeeze(1) for m in committee]).mean(0) * sigma + mu
print("metric:", 1 - ((mean - y_test).square().mean() / y_test.var()).item())
