# Detecting micro-calcifications in 12x12 patches. About 4 % of the patches have one.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.metrics import balanced_accuracy_score, f1_score

rng = np.random.RandomState(0)
torch.manual_seed(0)


def patches(n):
    y = (rng.rand(n) < 0.04).astype(np.float32)
    x = rng.randn(n, 12, 12)
    x = (x + np.roll(x, 1, 1) + np.roll(x, 1, 2) + np.roll(x, (1, 1), (1, 2))) / 2  # tissue
    for i in np.flatnonzero(y):
        for _ in range(rng.randint(2, 4)):
            r, c = rng.randint(1, 10, 2)
            x[i, r : r + 2, c : c + 2] += rng.uniform(2.2, 3.2)
    return torch.tensor(x, dtype=torch.float32)[:, None], torch.tensor(y)


X_train, y_train = patches(3000)
X_test, y_test = patches(1500)
mean, std = X_train.mean(), X_train.std()
X_train, X_test = (X_train - mean) / std, (X_test - mean) / std

model = nn.Sequential(
    nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(),
    nn.Conv2d(12, 16, 3), nn.BatchNorm2d(16), nn.ReLU(),
    nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 1),
)  # fmt: skip

n_pos = y_train.sum()
n_neg = len(y_train) - n_pos
print("positives:", int(n_pos), "negatives:", int(n_neg))
pos_weight = n_neg / n_pos
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=5e-3, epochs=9, steps_per_epoch=30)

for epoch in range(9):
    model.train()
    losses = []
    for idx in torch.randperm(len(X_train)).split(100):
        logit = model(X_train[idx]).squeeze(1)
        loss = F.binary_cross_entropy_with_logits(logit, y_train[idx], pos_weight=pos_weight)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    print("epoch %d: %.4f" % (epoch, np.mean(losses)))

model.eval()
with torch.no_grad():
    pred = (model(X_test).squeeze(1) > 0).float()
print("accuracy %.3f  f1 %.3f" % ((pred == y_test).float().mean(), f1_score(y_test, pred)))
print("metric:", balanced_accuracy_score(y_test, pred))
