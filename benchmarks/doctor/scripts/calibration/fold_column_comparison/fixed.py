# === baseline-nn.ipynb (export) ===
import copy
import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold
from torch import nn

FOLD = 0
N_FOLDS = 5
torch.manual_seed(42)

raw_x, raw_y = make_classification(2600, 16, n_informative=8, n_redundant=3, n_classes=3, n_clusters_per_class=2,
                                   class_sep=1.3, flip_y=0.02, random_state=42)
dev_x, dev_y, test_x, test_y = raw_x[:2100], raw_y[:2100], raw_x[2100:], raw_y[2100:]

# --- folds
fold = np.empty(len(dev_y), dtype=int)
for k, (_, ix) in enumerate(StratifiedKFold(N_FOLDS, shuffle=True, random_state=42).split(dev_x, dev_y)):
    fold[ix] = k
tr_rows = np.flatnonzero(fold != FOLD)
va_rows = np.flatnonzero(fold == FOLD)
print("train", len(tr_rows), "valid", len(va_rows))

mu, sd = dev_x[tr_rows].mean(0), dev_x[tr_rows].std(0)


def tens(x, y):
    return torch.tensor((x - mu) / sd, dtype=torch.float32), torch.tensor(y)


x_tr, y_tr = tens(dev_x[tr_rows], dev_y[tr_rows])
x_va, y_va = tens(dev_x[va_rows], dev_y[va_rows])
x_te, y_te = tens(test_x, test_y)

# --- model
net = nn.Sequential(nn.Linear(16, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.1),
                    nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 3))
opt = torch.optim.Adam(net.parameters(), lr=2e-3, weight_decay=1e-5)


def score(x, y):
    net.eval()
    with torch.no_grad():
        return (net(x).argmax(1) == y).float().mean().item()


best, best_state, bad = 0.0, None, 0
for epoch in range(15):
    net.train()
    for ix in torch.randperm(len(x_tr)).split(64):
        if len(ix) < 8:
            continue
        loss = nn.functional.cross_entropy(net(x_tr[ix]), y_tr[ix])
        opt.zero_grad()
        loss.backward()
        opt.step()
    acc = score(x_va, y_va)
    print(f"epoch {epoch} valid acc {acc:.4f}")
    if acc > best:
        best, best_state, bad = acc, copy.deepcopy(net.state_dict()), 0
    else:
        bad += 1
        if bad == 5:
            break

net.load_state_dict(best_state)
print("metric:", score(x_te, y_te))
