# bike counter: predict hourly counts from the calendar and the weather
import numpy as np
import torch
from torch import nn

np.random.seed(8)
torch.manual_seed(8)

n = 2000
hour = np.random.randint(0, 24, n)
weekend = np.random.rand(n) < 2 / 7
temp = 15 + 8 * np.random.randn(n)
rush = np.exp(-0.5 * ((hour - 8) / 1.5) ** 2) + np.exp(-0.5 * ((hour - 17) / 2.0) ** 2)
count = np.where(weekend, 60 * np.exp(-0.5 * ((hour - 14) / 4.0) ** 2), 150 * rush)
count = count * (1 + 0.02 * (temp - 15)) + 20 + 5 * np.random.randn(n)

n_train = 1600
temp_z = (temp - temp[:n_train].mean()) / temp[:n_train].std()
feats = np.column_stack([
    np.sin(2 * np.pi * hour / 24),
    np.cos(2 * np.pi * hour / 24),
    temp_z,
    weekend.astype(float),
])
X = torch.tensor(feats, dtype=torch.float32)
m, s = count[:n_train].mean(), count[:n_train].std()
Y = torch.tensor((count - m) / s, dtype=torch.float32).view(-1, 1)

model = nn.Sequential(nn.Linear(4, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
mse = nn.MSELoss()
for epoch in range(20):
    shuffled = torch.randperm(n_train)
    for start in range(0, n_train, 50):
        rows = shuffled[start:start + 50]
        optimizer.zero_grad()
        loss = mse(model(X[rows]), Y[rows])
        loss.backward()
        optimizer.step()
    if epoch % 5 == 4:
        print('epoch', epoch + 1, 'loss', loss.item())

with torch.no_grad():
    test = mse(model(X[n_train:]), Y[n_train:])
print('metric:', (1 - test / Y[n_train:].var()).item())
