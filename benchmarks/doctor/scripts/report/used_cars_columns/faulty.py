"""Price of used cars (synthetic ads), a notebook exported as a script."""

# %%
import numpy as np
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

rng = np.random.default_rng(17)
torch.manual_seed(17)

# %% ads
n = 1500
ads = {
    "age": rng.gamma(3.0, 2.2, n),
    "power_kw": rng.normal(95, 28, n).clip(40, 250),
    "owners": rng.integers(1, 5, n).astype(float),
    "consumption": rng.normal(6.4, 1.3, n).clip(3, 12),
}
ads["mileage"] = ads["age"] * rng.normal(13000, 3500, n).clip(2000, None)
value = 3.6 - 0.13 * ads["age"] + 0.009 * ads["power_kw"] - 0.004 * ads["mileage"] / 1000
value = value - 0.08 * ads["owners"] + 0.1 * np.sin(ads["consumption"]) + rng.normal(0, 0.15, n)
price = 1000 * np.exp(value)

# %% scale
names = list(ads)
numeric = ["age", "power_kw", "owners", "consumption"]
table = np.column_stack([ads[name] for name in names])
chosen = [names.index(name) for name in numeric]
x_train, x_test, y_train, y_test = train_test_split(table, np.log(price), test_size=300, random_state=17)
scaler = StandardScaler().fit(x_train[:, chosen])
x_train[:, chosen] = scaler.transform(x_train[:, chosen])
x_test[:, chosen] = scaler.transform(x_test[:, chosen])
centre, spread = y_train.mean(), y_train.std()


def tensor(a):
    return torch.tensor(a, dtype=torch.float32)


x_train, x_test = tensor(x_train), tensor(x_test)
y_train, y_test = tensor((y_train - centre) / spread)[:, None], tensor((y_test - centre) / spread)[:, None]

# %% fit
model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
loss_fn = nn.MSELoss()
curve = []
for _epoch in range(30):
    total = 0.0
    for idx in torch.randperm(len(x_train)).split(32):
        optimizer.zero_grad()
        loss = loss_fn(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    curve.append(total / len(x_train))
print("first epochs", [round(v, 3) for v in curve[:5]])
print("last epochs", [round(v, 3) for v in curve[-5:]])

# %% check
model.eval()
with torch.no_grad():
    left = loss_fn(model(x_test), y_test)
    score = 1 - left / (y_test - y_test.mean()).pow(2).mean()
print(f"metric: {score.item():.4f}")
