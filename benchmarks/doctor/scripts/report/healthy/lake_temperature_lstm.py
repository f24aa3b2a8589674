"""Tomorrow's water temperature from the last three weeks (LSTM tutorial)."""

import numpy as np
import torch
import torch.nn as nn
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(14)
np.random.seed(14)

days = 1500
t = np.arange(days)
weather = np.zeros(days)
for i in range(1, days):
    weather[i] = 0.9 * weather[i - 1] + np.random.normal(0, 0.6)
temperature = 11 - 8 * np.cos(2 * np.pi * t / 365) + weather

WINDOW = 21
train_days = 1100
scaler = StandardScaler().fit(temperature[:train_days, None])
series = scaler.transform(temperature[:, None]).astype(np.float32)


def windows(part):
    x = np.stack([part[i : i + WINDOW] for i in range(len(part) - WINDOW)])
    return torch.from_numpy(x), torch.from_numpy(part[WINDOW:])


train_x, train_y = windows(series[:train_days])
test_x, test_y = windows(series[train_days:])
loader = DataLoader(TensorDataset(train_x, train_y), batch_size=32, shuffle=True)


class LSTMModel(nn.Module):
    def __init__(self, hidden_size=24):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[:, -1])


model = LSTMModel()
loss_function = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(12):
    model.train()
    running_loss = 0.0
    for x, y in loader:
        prediction = model(x)
        loss = loss_function(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    model.eval()
    with torch.no_grad():
        val = loss_function(model(test_x), test_y).item()
    print(f"Epoch {epoch + 1}: train {running_loss / len(loader):.4f} test {val:.4f}")

print("metric:", 1 - val / test_y.var().item())
