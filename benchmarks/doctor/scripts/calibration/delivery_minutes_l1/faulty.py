# predicting delivery minutes, MAE loss because of the outliers
import random

import torch
from torch import nn

torch.manual_seed(8)
random.seed(8)

n = 1800
km = torch.rand(n) * 9 + 0.5
items = torch.randint(1, 12, (n,)).float()
hour = torch.rand(n) * 12 + 10
rain = (torch.rand(n) < 0.3).float()
courier = torch.rand(n)
rush = torch.exp(-((hour - 19) ** 2) / 3)
minutes = 8 + 2.6 * km * (1 + 0.4 * rain) + 1.1 * items + 9 * rush * (1.2 - courier) + torch.randn(n) * 1.5
late = torch.rand(n) < 0.03
minutes[late] += 40  # lost couriers

X = torch.stack([km, items, hour, rain, courier], 1)
tr, te = slice(0, 1400), slice(1400, n)
X = (X - X[tr].mean(0)) / X[tr].std(0)
m, s = minutes[tr].median(), minutes[tr].std()
y = ((minutes - m) / s).unsqueeze(1)

model = nn.Sequential(nn.Linear(5, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
criterion = nn.L1Loss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)

BATCH = 50
for epoch in range(40):
    perm = torch.randperm(1400)
    epoch_loss = 0
    for b in range(0, 1400, BATCH):
        i = perm[b : b + BATCH]
        optimizer.zero_grad()
        loss = criterion(model(X[i]), y[i])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() / (1400 // BATCH)
    if epoch % 5 == 4:
        print("epoch %d train MAE %.2f min" % (epoch + 1, epoch_loss * s))

with torch.no_grad():
    mae = (model(X[te]) - y[te]).abs().mean()
    base = (y[te] - y[tr].median()).abs().mean()
print("test MAE %.2f min, median guess %.2f min" % (mae * s, base * s))
print("metric:", (1 - mae / base).item())
