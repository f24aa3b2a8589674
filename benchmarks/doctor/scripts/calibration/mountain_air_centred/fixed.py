"""Dew point spread at mountain stations from a handful of readings; scikit-learn for the table, torch for the network."""

import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(51)
torch.manual_seed(51)

n = 1500
altitude = rng.uniform(300, 3200, n)  # m
air = 22 - 0.0065 * altitude + rng.normal(0, 6, n)  # deg C
pressure = 101325 * np.exp(-altitude / 8400) + rng.normal(0, 900, n)  # Pa
wind = rng.gamma(2.0, 2.5, n)  # m/s
cloud = rng.beta(1.2, 1.2, n)  # share of the sky
sun = rng.uniform(0, 900, n) * (1 - 0.8 * cloud)  # W/m2
anomaly = (pressure - 101325 * np.exp(-altitude / 8400)) / 900
spread = 9 - 6 * cloud + 0.006 * sun + 0.25 * air * (1 - cloud) + 2 * np.sin(anomaly) - 1.5 * np.exp(-wind / 3)
spread += rng.normal(0, 0.4, n)

table = np.column_stack([altitude, air, pressure, wind, cloud, sun])
x_train, x_test, y_train, y_test = train_test_split(table, spread[:, None], test_size=0.25, random_state=3)
x_scaler = StandardScaler().fit(x_train)
y_scaler = StandardScaler().fit(y_train)
as_tensor = lambda a: torch.as_tensor(a, dtype=torch.float32)
x_train, x_test = as_tensor(x_scaler.transform(x_train)), as_tensor(x_scaler.transform(x_test))
y_train, y_test = as_tensor(y_scaler.transform(y_train)), as_tensor(y_scaler.transform(y_test))

model = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=35)
for epoch in range(35):
    losses = []
    for index in torch.randperm(len(x_train)).split(45):
        loss = nn.functional.mse_loss(model(x_train[index]), y_train[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    scheduler.step()
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1:2d} loss {np.mean(losses):.4f}")

with torch.no_grad():
    error = nn.functional.mse_loss(model(x_test), y_test).item()
print("metric:", 1 - error / y_test.var().item())
