"""Gradient accumulation with micro batches of unequal size: every sample weighs the same in the sum."""
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(102)
X, y = load_wine(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, random_state=2, stratify=y)
mu, sd = X_tr.mean(0), X_tr.std(0)
X_tr, X_te = (torch.tensor((a - mu) / sd, dtype=torch.float32) for a in (X_tr, X_te))
y_tr, y_te = torch.tensor(y_tr), torch.tensor(y_te)

model = nn.Sequential(nn.Linear(13, 24), nn.LayerNorm(24), nn.ReLU(), nn.Linear(24, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
LOGICAL = 32          # samples per step; memory takes from 4 to 12 at once
history = []
for epoch in range(25):
    order = torch.randperm(len(X_tr))
    for logical in order.split(LOGICAL):
        optimizer.zero_grad()
        done = 0
        step_loss = 0.0
        while done < len(logical):
            micro = logical[done:done + int(torch.randint(4, 13, (1,)))]
            loss = F.cross_entropy(model(X_tr[micro]), y_tr[micro], reduction="sum") / len(logical)
            loss.backward()
            step_loss += loss.item()
            done += len(micro)
        optimizer.step()
        history.append(step_loss)
    if epoch % 5 == 4:
        print(epoch + 1, np.mean(history[-4:]))

with torch.no_grad():
    print("metric:", (model(X_te).argmax(1) == y_te).float().mean().item())
