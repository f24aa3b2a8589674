import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(8)
torch.manual_seed(8)
# sensor log: temperature, humidity, wind -> power. some sensors drop out (nan)
n = 1500
temp = rng.normal(15, 8, n)
hum = rng.uniform(20, 100, n)
wind = rng.gamma(2, 3, n)
power = 3 * np.tanh((wind - 5) / 3) + 0.05 * temp - 0.01 * hum + rng.normal(0, 0.1, n)
hum_log = hum.copy()
hum_log[rng.choice(1200, 12, replace=False)] = np.nan

features = np.stack([temp, hum_log, wind], axis=1)
mean = np.nanmean(features[:1200], axis=0)
std = np.nanstd(features[:1200], axis=0)
features = (features - mean) / std
x = torch.as_tensor(features, dtype=torch.float32)
y = torch.as_tensor(power, dtype=torch.float32).unsqueeze(-1)
x_test = torch.as_tensor((np.stack([temp, hum, wind], 1) - mean) / std, dtype=torch.float32)[1200:]

model = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(model.parameters(), 3e-3)
for epoch in range(10):
    perm = torch.randperm(1200)
    for i in range(0, 1200, 40):
        b = perm[i:i + 40]
        loss = nn.functional.mse_loss(model(x[b]), y[b])
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    res = y[1200:] - model(x_test)
print("metric:", (1 - res.var() / y[1200:].var()).item())
