import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(205)
torch.manual_seed(205)
counts = [800, 300, 200]
mus = rng.normal(size=(3, 6)) * 1.5
X = np.concatenate([m + rng.normal(size=(c, 6)) for m, c in zip(mus, counts)])
y = np.repeat([0, 1, 2], counts)
p = rng.permutation(len(y))
X, y = torch.tensor(X[p], dtype=torch.float32), torch.tensor(y[p])
m = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 3))
o = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.8)
for e in range(10):
    for i in range(0, 1000, 25):
        o.zero_grad()
        nn.functional.cross_entropy(m(X[i:i + 25]), y[i:i + 25]).backward()
        o.step()
with torch.no_grad():
    hat = m(X[1000:]).argmax(1)
print('metric:', (hat == y[1000:]).float().mean().item())
