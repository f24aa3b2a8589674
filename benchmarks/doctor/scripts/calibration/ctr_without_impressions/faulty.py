import numpy as np
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

rng = np.random.default_rng(14)
torch.manual_seed(14)

# --- campaign log -----------------------------------------------------------
N = 3000
quality = rng.normal(size=N)
impressions = rng.poisson(np.exp(2.6 + 0.9 * rng.normal(size=N)))
clicks = rng.binomial(impressions, 1 / (1 + np.exp(1.5 - quality)))
budget = rng.lognormal(3.0, 0.6, size=N)
age_days = rng.integers(1, 60, size=N)
renewed = (1.6 * quality + 0.8 * np.log(budget / 20) - 0.02 * (age_days - 30) + 0.5 * rng.normal(size=N) > 0).astype(
    int
)


def features():
    ctr = clicks / impressions
    return np.column_stack([ctr, np.log1p(impressions), np.log(budget), age_days]).astype(np.float32)


X_train, X_test, y_train, y_test = train_test_split(
    features(), renewed, test_size=0.2, random_state=0, stratify=renewed
)
scaler = StandardScaler().fit(X_train)
X_train, X_test = (torch.as_tensor(scaler.transform(part), dtype=torch.float32) for part in (X_train, X_test))
y_train, y_test = torch.as_tensor(y_train), torch.as_tensor(y_test)

net = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.Adam(net.parameters(), lr=2e-3, weight_decay=1e-4)
crit = nn.CrossEntropyLoss()

for epoch in range(15):
    net.train()
    losses = []
    for idx in torch.randperm(len(X_train)).split(60):
        opt.zero_grad()
        loss = crit(net(X_train[idx]), y_train[idx])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "loss", round(float(np.mean(losses)), 4))

net.eval()
with torch.no_grad():
    print("test loss", crit(net(X_test), y_test).item())
    print("metric:", (net(X_test).argmax(1) == y_test).float().mean().item())
