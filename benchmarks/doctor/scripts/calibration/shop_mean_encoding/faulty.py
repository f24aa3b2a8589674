"""Sales per visit: 700 shops, most with a handful of rows. Shops enter as the mean of the target (target encoding)."""
import numpy as np
import torch
from sklearn.model_selection import KFold, train_test_split
from torch import nn

SEED = 123
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)
N, SHOPS = 2000, 700

shop = rng.integers(0, SHOPS, N)
quality = rng.normal(0, 0.5, SHOPS)
other = rng.normal(0, 1, (N, 5))
sales = 0.9 * np.tanh(other[:, 0] + other[:, 1]) + 0.4 * other[:, 2] + quality[shop] + 0.5 * rng.normal(0, 1, N)

train, test = train_test_split(np.arange(N), test_size=0.25, random_state=SEED)
sales = (sales - sales[train].mean()) / sales[train].std()


def shop_means(rows):
    """smoothed towards the mean of all"""
    total = np.bincount(shop[rows], weights=sales[rows], minlength=SHOPS)
    return total / (np.bincount(shop[rows], minlength=SHOPS) + 1.0)


encoded = np.zeros(N)
encoded[test] = shop_means(train)[shop[test]]
for others, part in KFold(10, shuffle=True, random_state=SEED).split(train):
    encoded[train[part]] = shop_means(train)[shop[train[part]]]

table = np.column_stack([other, encoded])
table = (table - table[train].mean(0)) / table[train].std(0)
X, y = torch.tensor(table, dtype=torch.float32), torch.tensor(sales, dtype=torch.float32)

model = nn.Sequential(nn.Linear(6, 32), nn.SiLU(), nn.Linear(32, 16), nn.SiLU(), nn.Linear(16, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
train_rows = torch.from_numpy(train)
for epoch in range(12):
    model.train()
    seen = 0.0
    for rows in train_rows[torch.randperm(len(train))].split(50):
        loss = nn.functional.mse_loss(model(X[rows]).squeeze(1), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += loss.item() * len(rows) / len(train)
    model.eval()
    with torch.no_grad():
        held = nn.functional.mse_loss(model(X[test]).squeeze(1), y[test]).item()
    print(f"epoch {epoch + 1:2d}: {seen:.4f} {held:.4f}")

print("metric:", 1 - held / y[test].var().item())
