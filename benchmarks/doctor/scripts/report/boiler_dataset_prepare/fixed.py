import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(17)
rng = np.random.default_rng(17)

COLUMNS = ["outdoor_temp", "return_temp", "flow", "wind", "hour_sin", "hour_cos", "pressure"]


def load_boiler_log(n=2600):
    hour = rng.integers(0, 24, n)
    outdoor = 4 + 6 * rng.standard_normal(n)
    flow = 120 + 25 * rng.standard_normal(n)
    back = 48 + 4 * rng.standard_normal(n) - 0.2 * outdoor
    wind = rng.gamma(2.0, 2.0, n)
    pressure = 1013 + 8 * rng.standard_normal(n)
    s, c = np.sin(hour / 24 * 2 * np.pi), np.cos(hour / 24 * 2 * np.pi)
    demand = (
        60 + 2.4 * np.maximum(16 - outdoor, 0) * (1 + 0.03 * wind) - 0.5 * (back - 48) + 0.08 * (flow - 120) * s + 6 * c
    )
    demand = demand + 3 * rng.standard_normal(n)
    return np.stack([outdoor, back, flow, wind, s, c, pressure], axis=1), demand


features, demand = load_boiler_log()
order = rng.permutation(len(features))
train_rows, valid_rows = order[:2000], order[2000:]
MEAN, STD = features[train_rows].mean(axis=0), features[train_rows].std(axis=0)
Y_MEAN, Y_STD = demand[train_rows].mean(), demand[train_rows].std()


def prepare(rows):
    return (rows - MEAN) / STD


class BoilerHours(Dataset):
    def __init__(self, rows, targets):
        self.rows = torch.tensor(prepare(rows), dtype=torch.float32)
        self.targets = torch.tensor((targets - Y_MEAN) / Y_STD, dtype=torch.float32)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return {"x": self.rows[i], "y": self.targets[i]}


train_set = BoilerHours(features[train_rows], demand[train_rows])
valid_set = BoilerHours(features[valid_rows], demand[valid_rows])
train_loader = DataLoader(train_set, batch_size=64, shuffle=True, drop_last=True)
valid_loader = DataLoader(valid_set, batch_size=200)

model = nn.Sequential(
    nn.Linear(len(COLUMNS), 64),
    nn.ReLU(),
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
    nn.Flatten(0),
)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-5)

for epoch in range(16):
    model.train()
    train_loss = 0.0
    for batch in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(batch["x"]), batch["y"])
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
    train_loss /= len(train_loader)

    model.eval()
    squared, count = 0.0, 0
    with torch.no_grad():
        for batch in valid_loader:
            squared += ((model(batch["x"]) - batch["y"]) ** 2).sum().item()
            count += len(batch["y"])
    valid_loss = squared / count
    print(f"epoch {epoch:2d} | train mse {train_loss:.4f} | valid mse {valid_loss:.4f}")

variance = valid_set.targets.var(unbiased=False).item()
print(f"metric: {1 - valid_loss / variance:.4f}")
