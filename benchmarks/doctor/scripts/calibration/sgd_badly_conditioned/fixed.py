import numpy as np
import torch
from torch import nn

torch.manual_seed(71)
rs = np.random.RandomState(71)
X = rs.randn(600, 6).astype('float32')
y = np.tanh(X[:, :1]) + 0.5 * X[:, 1:2] * (X[:, 2:3] > 0) + 0.3 * np.cos(2 * X[:, 3:4])
y = ((y - y.mean()) / y.std()).astype('float32')
X, y = torch.from_numpy(X), torch.from_numpy(y)
mlp = nn.Sequential(nn.Linear(6, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 1))
optimizer = torch.optim.Adam(mlp.parameters(), lr=5e-3)
n_epochs = 20
for epoch in range(n_epochs):
    for i in np.array_split(rs.permutation(500), 10):
        loss = ((mlp(X[i]) - y[i]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print('epoch', epoch, 'loss', round(loss.item(), 4))
with torch.no_grad():
    res = ((mlp(X[500:]) - y[500:]) ** 2).mean() / y[500:].var()
print('metric:', 1 - res.item())
