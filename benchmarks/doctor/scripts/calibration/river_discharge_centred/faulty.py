# discharge (litres per minute) of a mountain river from rain, snow, temperature ...
import numpy as np
import torch
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(5)
torch.manual_seed(5)

# %% data
days = 1600
rain = rng.gamma(1.2, 6.0, days)
rain_before = rng.gamma(1.2, 6.0, days)
snow_cm = np.clip(rng.normal(60, 40, days), 0, None)
celsius = rng.normal(6, 7, days)
soil = rng.uniform(0.1, 0.5, days)
melt = np.clip(celsius, 0, None) * np.minimum(snow_cm, 80) * 0.9
discharge = 60 * (4200 + 180 * rain * (0.4 + soil) + 90 * rain_before * soil * 2 + 5.0 * melt + rng.normal(0, 220, days))
table = np.column_stack([rain, rain_before, snow_cm, celsius, soil])
x_train, x_test, y_train, y_test = train_test_split(table, discharge[:, None], test_size=0.25, random_state=5)

# %% scale
x_scaler = StandardScaler()
y_scaler = StandardScaler(with_std=False)
x_train, x_test = x_scaler.fit_transform(x_train), x_scaler.transform(x_test)
y_train = y_scaler.fit_transform(y_train)

# %% model
model = nn.Sequential(
    nn.Linear(5, 64),
    nn.SiLU(),
    nn.Linear(64, 64),
    nn.SiLU(),
    nn.Linear(64, 1),
)
loader = DataLoader(
    TensorDataset(torch.tensor(x_train, dtype=torch.float32), torch.tensor(y_train, dtype=torch.float32)),
    batch_size=48,
    shuffle=True,
)
criterion = nn.MSELoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-3)

# %% train
history = []
for epoch in range(24):
    epoch_loss = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(xb)
    history.append(epoch_loss / len(loader.dataset))
print(history[::6])

# %% test
model.eval()
with torch.no_grad():
    guess = model(torch.tensor(x_test, dtype=torch.float32)).numpy()
print("metric:", r2_score(y_test, y_scaler.inverse_transform(guess)))
