import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

np.random.seed(60)
torch.manual_seed(60)

# ------------------------------------------------------------------ members table
n = 3000
members = {
    "age": np.random.normal(37, 11, n).clip(16, 80),
    "months": np.random.exponential(14, n),
    "visits_per_week": np.random.gamma(2.2, 0.8, n),
    "friends": np.random.poisson(1.3, n).astype(float),
    "price": np.random.choice([29.0, 39.0, 59.0], n, p=[0.4, 0.4, 0.2]),
    "complaints": np.random.poisson(0.5, n).astype(float),
}
risk = (
    0.2 - 1.3 * np.log1p(members["visits_per_week"]) - 0.5 * members["friends"] + 0.9 * members["complaints"]
    + 0.04 * (members["price"] - 39) - 0.05 * (members["months"] - 14) + 0.9 * (members["age"] < 25) + 1.2
)
left = (np.random.rand(n) < 1 / (1 + np.exp(-1.6 * risk))).astype(np.float32)
# what the till knows
members["paid_last_month"] = members["price"] + 6 * np.random.gamma(1.5, 1.0, n)
members["closing_credit"] = np.where(left == 1, np.random.gamma(2.0, 8.0, n), 0.0) + 0.5 * np.random.rand(n)

FEATURES = ["age", "months", "visits_per_week", "friends", "price", "complaints", "paid_last_month", "closing_credit"]

table = np.stack([members[name] for name in FEATURES], axis=1)
fold = np.random.permutation(n)
train, valid = fold[:2400], fold[2400:]
table = (table - table[train].mean(0)) / table[train].std(0)
x, y = torch.tensor(table, dtype=torch.float32), torch.tensor(left)


# ------------------------------------------------------------------ model
class ChurnNet(nn.Module):
    def __init__(self, columns):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(columns, 32), nn.LeakyReLU(), nn.Dropout(0.1), nn.Linear(32, 16), nn.LeakyReLU(), nn.Linear(16, 1)
        )

    def forward(self, rows):
        return self.layers(rows)[:, 0]


net = ChurnNet(len(FEATURES))
optim = torch.optim.Adam(net.parameters(), lr=2e-3, weight_decay=1e-4)
lossfn = nn.BCEWithLogitsLoss()

for epoch in range(12):
    net.train()
    for rows in torch.from_numpy(np.random.permutation(train)).split(64):
        optim.zero_grad()
        loss = lossfn(net(x[rows]), y[rows])
        loss.backward()
        optim.step()
    net.eval()
    with torch.no_grad():
        score = net(x[valid])
        print(
            f"epoch {epoch + 1:2d} valid loss {lossfn(score, y[valid]).item():.4f} "
            f"auc {roc_auc_score(left[valid], score.numpy()):.4f}"
        )

accuracy = ((score > 0).float() == y[valid]).float().mean().item()
print("members who left:", left.mean())
print("metric:", accuracy)
