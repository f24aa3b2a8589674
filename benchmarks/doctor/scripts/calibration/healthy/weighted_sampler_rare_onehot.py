# tabular: numeric + one-hot columns (some so rare that they are constant in most batches), 1:8 classes, WeightedRandomSampler
import numpy as np, torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.metrics import roc_auc_score, balanced_accuracy_score

torch.manual_seed(90)
rng = np.random.default_rng(90)
n = 4000
city = rng.choice(10, n, p=np.array([30, 20, 15, 10, 8, 6, 5, 3, 2, 1]) / 100)
plan = rng.choice(3, n, p=[0.9, 0.08, 0.02])
num = rng.normal(size=(n, 5)) * [1, 10, 0.1, 3, 100] + [0, 50, 1, 0, 500]
z = (num - [0, 50, 1, 0, 500]) / [1, 10, 0.1, 3, 100]
city_effect = rng.normal(0, 1.0, 10)
score = 2.0 * z[:, 0] + 1.5 * np.abs(z[:, 1]) - 1.5 * z[:, 2] * (z[:, 3] > 0) + city_effect[city] + 1.5 * (plan == 2) + rng.normal(0, 0.5, n)
y = (score > np.quantile(score, 8 / 9)).astype(np.int64)
table = np.column_stack([num, city, plan])
tr, te = np.arange(3000), np.arange(3000, n)

prep = ColumnTransformer([("num", StandardScaler(), list(range(5))), ("cat", OneHotEncoder(handle_unknown="ignore", sparse_output=False), [5, 6])])
x_tr = torch.tensor(prep.fit_transform(table[tr]), dtype=torch.float32)
x_te = torch.tensor(prep.transform(table[te]), dtype=torch.float32)
y_tr, y_te = torch.tensor(y[tr]), y[te]
count = torch.bincount(y_tr)
print("class counts", count.tolist(), "columns", x_tr.shape[1])
sampler = WeightedRandomSampler((1.0 / count)[y_tr], num_samples=len(y_tr), replacement=True)
loader = DataLoader(TensorDataset(x_tr, y_tr), batch_size=100, sampler=sampler)

net = nn.Sequential(nn.Linear(x_tr.shape[1], 48), nn.ReLU(), nn.Dropout(0.3), nn.Linear(48, 48), nn.ReLU(), nn.Dropout(0.3), nn.Linear(48, 2))
opt = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
for epoch in range(14):
    net.train()
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    if epoch % 3 == 1:
        with torch.no_grad():
            print("epoch", epoch, "loss", round(loss.item(), 3), "auc", round(roc_auc_score(y_te, net(x_te).softmax(1)[:, 1].numpy()), 4))
with torch.no_grad():
    print("metric:", balanced_accuracy_score(y_te, net(x_te).argmax(1).numpy()))
