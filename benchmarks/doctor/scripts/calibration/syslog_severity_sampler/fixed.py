"""Severity of log lines (info / warning / critical) from hashed token counts. Most lines are info, so we resample."""
import collections
import zlib
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

rng = np.random.default_rng(31)
torch.manual_seed(31)
COMMON = [f"svc{i}" for i in range(30)] + ["started", "closed", "user", "session", "disk", "eth0", "retry", "timeout"]
HINT = {0: ["ok", "ready", "renewed"], 1: ["slow", "retry", "degraded"], 2: ["timeout", "refused", "failed"]}
DIM = 128


def line(c):
    words = list(rng.choice(COMMON, rng.integers(5, 9)))
    words += list(rng.choice(HINT[c], 1 + rng.integers(2)))
    if rng.random() < 0.15:
        words.append(rng.choice(HINT[int(rng.integers(3))]))
    return words


def table(n, p):
    y = rng.choice(3, n, p=p)
    X = np.zeros((n, DIM), np.float32)
    for i, c in enumerate(y):
        for w in line(c):
            X[i, zlib.crc32(w.encode()) % DIM] += 1
    return torch.tensor(X), torch.tensor(y)


Xtr, ytr = table(2400, [0.9, 0.07, 0.03])
Xva, yva = table(900, [0.9, 0.07, 0.03])
counts = collections.Counter(ytr.tolist())
print("class counts:", dict(counts))
weight_of = {c: len(ytr) / k for c, k in counts.items()}
sampler = WeightedRandomSampler([weight_of[c] for c in ytr.tolist()], num_samples=len(ytr), replacement=True)
loader = DataLoader(TensorDataset(Xtr, ytr), batch_size=60, sampler=sampler)

clf = nn.Sequential(nn.Linear(DIM, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 3))
opt = torch.optim.Adam(clf.parameters(), lr=2e-3, weight_decay=1e-4)
for epoch in range(5):
    clf.train()
    seen = 0.0
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(clf(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        seen += loss.item()
    clf.eval()
    with torch.no_grad():
        pred = clf(Xva).argmax(1)
    recall = [(pred[yva == c] == c).float().mean().item() for c in range(3)]
    print(f"epoch {epoch} loss {seen / len(loader):.3f} recall", [round(r, 2) for r in recall])
print("metric:", sum(recall) / 3)
