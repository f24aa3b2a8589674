import numpy as np
import torch
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)
rng = np.random.default_rng(8)

# mass [kg], speed [m/s], climb [m/s], wind [m/s], heading to wind [rad], air density
n = 3000
mass = rng.uniform(0.8, 2.5, n)
speed = rng.uniform(0, 15, n)
climb = rng.uniform(-3, 3, n)
wind = rng.uniform(0, 10, n)
angle = rng.uniform(-np.pi, np.pi, n)
density = rng.uniform(1.0, 1.25, n)
air = np.hypot(speed - wind * np.cos(angle), wind * np.sin(angle))
power = 60 * mass**1.5 / np.sqrt(density) + 0.09 * density * air**3 + 12 * mass * np.abs(climb)
power = power + rng.normal(0, 8, n)
X = np.column_stack([mass, speed, climb, wind, angle, density])

X_train, X_test, y_train, y_test = train_test_split(X, power[:, None], test_size=0.25, random_state=8)
sx, sy = StandardScaler().fit(X_train), StandardScaler().fit(y_train)
to = lambda a: torch.tensor(a, dtype=torch.float32)  # noqa: E731
train = TensorDataset(to(sx.transform(X_train)), to(sy.transform(y_train)))


def relu6(x):
    # the converter of the flight controller knows hardtanh only
    return F.hardtanh(x, 0.0, 6.0)


class PowerModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, 1)

    def forward(self, x):
        x = relu6(self.fc1(x))
        x = relu6(self.fc2(x))
        return self.fc3(x)


model = PowerModel()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 34)
history = []
for epoch in range(34):
    model.train()
    running = 0.0
    for xb, yb in DataLoader(train, batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = F.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(xb)
    scheduler.step()
    history.append(running / len(train))
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d}  train mse {history[-1]:.4f}")

model.eval()
with torch.no_grad():
    predicted = sy.inverse_transform(model(to(sx.transform(X_test))).numpy())
print("metric:", r2_score(y_test, predicted))
