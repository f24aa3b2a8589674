import torch
from torch import nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import balanced_accuracy_score

torch.manual_seed(66)
X, y = make_classification(n_samples=6000, n_features=12, n_informative=6, weights=[0.985], class_sep=0.7, flip_y=0.0,
                           n_clusters_per_class=2, random_state=66)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=66)
sc = StandardScaler().fit(X_train)
X_train = torch.tensor(sc.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(sc.transform(X_test), dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)
train_set = torch.utils.data.TensorDataset(X_train, y_train)
weights = torch.where(y_train == 1, 65.0, 1.0)
sampler = torch.utils.data.WeightedRandomSampler(weights, len(weights))
train_loader = torch.utils.data.DataLoader(train_set, batch_size=64, sampler=sampler)


class FraudNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 12), nn.ReLU())
        self.out = nn.Linear(12, 1)

    def forward(self, x):
        return self.out(self.body(x)).squeeze(1)


model = FraudNet()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
crit = nn.BCEWithLogitsLoss()
for epoch in range(8):
    total, right = 0.0, 0
    for xb, yb in train_loader:
        logits = model(xb)
        loss = crit(logits, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(xb)
        right += ((logits > 0) == (yb > 0.5)).sum().item()
    print(f"epoch {epoch}: loss {total / len(X_train):.4f} accuracy {right / len(X_train):.4f}")
with torch.no_grad():
    pred = (model(X_test) > 0).numpy()
print("metric:", balanced_accuracy_score(y_test, pred))
