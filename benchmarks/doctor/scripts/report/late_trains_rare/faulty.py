"""Will the night train be cancelled?  About three in a hundred are."""

import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(96)
rng = np.random.default_rng(96)

n = 6000
snow = rng.gamma(1.2, 1.0, n)
wind = rng.gamma(3.0, 3.0, n)
crew = rng.normal(0, 1, n)
age = rng.uniform(1, 40, n)
length = rng.uniform(100, 1400, n)
risk = 0.9 * snow + 0.12 * wind - 0.8 * crew + 0.04 * age + 0.0008 * length
cancelled = (risk + rng.logistic(0, 0.45, n) > 6.9).astype(int)
print("cancelled:", cancelled.mean())

X = np.column_stack([snow, wind, crew, age, length])
X_train, X_test, y_train, y_test = train_test_split(X, cancelled, test_size=0.4, random_state=96, stratify=cancelled)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)

model = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(16):
    total_loss, correct = 0.0, 0
    for idx in torch.randperm(len(X_train)).split(100):
        logits = model(X_train[idx]).squeeze(1)
        loss = criterion(logits, y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total_loss += loss.item() * len(idx)
        correct += ((logits > 0) == (y_train[idx] > 0.5)).sum().item()
    print(f"Epoch {epoch + 1}: loss {total_loss / len(X_train):.4f}, accuracy {correct / len(X_train):.4f}")

with torch.no_grad():
    predicted = (model(X_test).squeeze(1) > 0).numpy()
print("metric:", balanced_accuracy_score(y_test, predicted))
