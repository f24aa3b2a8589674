# churn-like table, 1 : 6. weights by inverse frequency, balanced accuracy
import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(33)
X, y = make_classification(3500, 16, n_informative=8, n_redundant=2, n_clusters_per_class=2, weights=[6 / 7],
                           class_sep=1.4, flip_y=0.01, random_state=33)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
X_tr, X_val, y_tr, y_val = train_test_split(X_tr, y_tr, test_size=0.2, stratify=y_tr, random_state=0)
scaler = StandardScaler().fit(X_tr)
to = lambda a: torch.tensor(scaler.transform(a), dtype=torch.float32)
X_tr, X_val, X_te = to(X_tr), to(X_val), to(X_te)
y_tr_t = torch.tensor(y_tr, dtype=torch.float32)
ratio = (y_tr == 0).sum() / (y_tr == 1).sum()
print(f"negatives per positive: {ratio:.2f}")

clf = torch.nn.Sequential(
    torch.nn.Linear(16, 64), torch.nn.BatchNorm1d(64), torch.nn.ReLU(), torch.nn.Dropout(0.3),
    torch.nn.Linear(64, 32), torch.nn.BatchNorm1d(32), torch.nn.ReLU(), torch.nn.Dropout(0.3),
    torch.nn.Linear(32, 1))
criterion = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(ratio, dtype=torch.float32))
opt = torch.optim.AdamW(clf.parameters(), lr=3e-3, weight_decay=1e-2)
best, best_state, wait = -1.0, None, 0
for epoch in range(60):
    clf.train()
    for idx in torch.randperm(len(X_tr)).split(64):
        if len(idx) < 8:
            continue
        opt.zero_grad()
        loss = criterion(clf(X_tr[idx]).squeeze(1), y_tr_t[idx])
        loss.backward()
        opt.step()
    clf.eval()
    with torch.no_grad():
        score = balanced_accuracy_score(y_val, (clf(X_val).squeeze(1) > 0).numpy())
    if score > best:
        best, wait = score, 0
        best_state = {k: v.clone() for k, v in clf.state_dict().items()}
    else:
        wait += 1
        if wait == 10:
            print("stopped at epoch", epoch)
            break
clf.load_state_dict(best_state)
clf.eval()
with torch.no_grad():
    print("metric:", balanced_accuracy_score(y_te, (clf(X_te).squeeze(1) > 0).numpy()))
