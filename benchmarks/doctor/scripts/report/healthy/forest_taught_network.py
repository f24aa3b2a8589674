"""Distil a random forest: the network learns the forest's probabilities, never the labels."""

import torch
import torch.nn.functional as F
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(83)
X, y = make_classification(
    n_samples=2600, n_features=10, n_informative=6, n_redundant=2, n_classes=4, class_sep=1.6, random_state=83
)
X_fit, y_fit = X[:1000], y[:1000]
X_free = X[:2000]
X_test, y_test = X[2000:], y[2000:]
forest = RandomForestClassifier(60, random_state=83).fit(X_fit, y_fit)
scaler = StandardScaler().fit(X_free)
x = torch.tensor(scaler.transform(X_free), dtype=torch.float32)
x_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
soft = torch.tensor(forest.predict_proba(X_free), dtype=torch.float32)

student = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
optimizer = torch.optim.Adam(student.parameters(), lr=2e-3)
for epoch in range(15):
    total = 0.0
    for idx in torch.randperm(len(x)).split(50):
        loss = F.cross_entropy(student(x[idx]), soft[idx])  # soft targets: the floor is their entropy, not zero
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1}: {total / len(x):.4f}")
entropy = -(soft * soft.clamp(min=1e-9).log()).sum(1).mean()
print(f"entropy of the targets {entropy.item():.4f}, forest {forest.score(X_test, y_test):.4f}")
with torch.no_grad():
    hit = (student(x_test).argmax(1).numpy() == y_test).mean()
print(f"metric: {hit:.4f}")
