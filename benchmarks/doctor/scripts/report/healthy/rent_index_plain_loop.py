# Monthly rent from a rent index, first try with PyTorch
import numpy as np
import torch
from torch import nn

np.random.seed(1)
torch.manual_seed(1)

# --- make the table -------------------------------------------------------
n = 1800
area = np.random.normal(70, 22, n).clip(20, 160)
rooms = np.clip(np.round(area / 27 + np.random.normal(0, 0.6, n)), 1, 7)
year = np.random.choice(np.arange(1900, 2021), n)
floor = np.random.poisson(2, n)
district = np.random.randint(0, 8, n)
level = np.array([8.5, 9.2, 10.1, 11.0, 11.8, 12.9, 14.2, 16.0])[district]
rent = area * level * (1 + 0.002 * np.maximum(year - 1975, 0)) * (1.12 - 0.0012 * area) + 12 * floor
rent = rent + np.random.normal(0, 45, n)

# --- features -------------------------------------------------------------
numeric = np.stack([area, rooms, year, floor], axis=1).astype(np.float32)
onehot = np.eye(8, dtype=np.float32)[district]
n_train = 1400
mean, std = numeric[:n_train].mean(axis=0), numeric[:n_train].std(axis=0)
X = torch.from_numpy(np.hstack([(numeric - mean) / std, onehot]))
rent_mean, rent_std = rent[:n_train].mean(), rent[:n_train].std()
y = torch.tensor((rent - rent_mean) / rent_std, dtype=torch.float32).reshape(-1, 1)

# --- model ----------------------------------------------------------------
model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
loss_function = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)

# --- training -------------------------------------------------------------
for epoch in range(30):
    indices = torch.randperm(n_train)
    for start in range(0, n_train, 70):
        batch = indices[start : start + 70]
        prediction = model(X[batch])
        loss = loss_function(prediction, y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 4:
        with torch.no_grad():
            error = (model(X[n_train:]) - y[n_train:]).abs().mean().item() * rent_std
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}, mean error on test {error:.0f} euros")

with torch.no_grad():
    residual = ((model(X[n_train:]) - y[n_train:]) ** 2).mean()
    r2 = 1 - residual / y[n_train:].var(unbiased=False)
print("metric:", round(r2.item(), 4))
