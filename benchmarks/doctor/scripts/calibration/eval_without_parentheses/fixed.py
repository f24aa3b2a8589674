# %% wine cultivars + many distractor columns, dropout heavy net
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(15)
np.random.seed(15)
X, y = load_wine(return_X_y=True)
X = np.hstack([X, np.random.randn(len(X), 7)])
Xtr, Xrest, ytr, yrest = train_test_split(X, y, train_size=88, stratify=y, random_state=1)
Xva, Xte, yva, yte = train_test_split(Xrest, yrest, train_size=40, stratify=yrest, random_state=1)
scaler = StandardScaler().fit(Xtr)
data = {k: (torch.tensor(scaler.transform(a), dtype=torch.float32), torch.tensor(b))
        for k, (a, b) in dict(train=(Xtr, ytr), valid=(Xva, yva), test=(Xte, yte)).items()}

# %%
net = nn.Sequential(
    nn.Linear(20, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5),
    nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(32, 3),
)


@torch.no_grad()
def check(split):
    net.eval()
    x, t = data[split]
    logits = net(x)
    return F.cross_entropy(logits, t).item(), (logits.argmax(1) == t).float().mean().item()


def run_epoch(opt):
    net.train()
    x, t = data["train"]
    tot = 0.0
    for ix in torch.randperm(len(x)).split(22):
        loss = F.cross_entropy(net(x[ix]), t[ix])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item() * len(ix)
    return tot / len(x)


# %%
opt = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-4)
best = (float("inf"), None)
for epoch in range(60):
    tr = run_epoch(opt)
    va, acc = check("valid")
    if va < best[0]:
        best = (va, {k: v.clone() for k, v in net.state_dict().items()})
    if epoch % 10 == 9:
        print(f"{epoch + 1:3d} train {tr:.3f} valid {va:.3f} acc {acc:.3f}")

# %%
net.load_state_dict(best[1])
print("metric:", check("test")[1])
