import numpy as np
import torch
import torch.nn as nn

np.random.seed(40)
torch.manual_seed(40)
n = 1000
city = np.random.choice(["Berlin", "Paris", "Rome"], n)
size = np.random.rand(n)
floor = np.random.randint(0, 9, n)
rent = 8 + 6 * size + 0.3 * floor + np.where(city == "Paris", 6, np.where(city == "Rome", 2, 0)) + np.random.randn(n) * 0.4

# one hot encode by hand
cols = [city == c for c in ("Berlin", "Paris", "Rome")]
X = np.column_stack([size * 2 - 1, (floor - 4) / 4] + [c.astype(float) for c in cols]).astype(np.float32)
y = ((rent - rent[:800].mean()) / rent[:800].std()).astype(np.float32)
X, y = torch.from_numpy(X), torch.from_numpy(y).view(-1, 1)

model = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    perm = torch.randperm(800)
    for i in range(20):
        b = perm[i * 40:(i + 1) * 40]
        opt.zero_grad()
        loss = ((model(X[b]) - y[b]) ** 2).mean()
        loss.backward()
        opt.step()
    print(epoch, float(loss))
with torch.no_grad():
    print("metric:", 1 - float(((model(X[800:]) - y[800:]) ** 2).mean() / y[800:].var()))
