# Tumour subtype from gene expression: 600 genes, pick a panel of 24, train a small network on it
import numpy as np
import torch
import torch.nn as nn
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 4
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)


def cohort(n):
    subtype = rng.integers(0, 3, n)
    pathways = rng.normal(size=(n, 20))
    pathways[:, :3] += 2.6 * np.eye(3)[subtype]
    genes = pathways @ loadings + 0.8 * rng.normal(size=(n, 600))
    return np.exp2(6 + genes), subtype


loadings = rng.normal(size=(20, 600)) * (rng.random((20, 600)) < 0.08)
X, y = cohort(500)
X_test, y_test = cohort(400)
X, X_test = np.log2(X), np.log2(X_test)

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, stratify=y, random_state=SEED)
panel = SelectKBest(f_classif, k=24).fit(X_train, y_train)
X_train, X_val = panel.transform(X_train), panel.transform(X_val)
X_test = panel.transform(X_test)
print("genes in the panel:", panel.get_support(indices=True)[:8], "...")

scaler = StandardScaler().fit(X_train)
X_train, X_val, X_test = (torch.tensor(scaler.transform(a), dtype=torch.float32) for a in (X_train, X_val, X_test))
y_train, y_val, y_test = (torch.tensor(a) for a in (y_train, y_val, y_test))

net = nn.Sequential(nn.Linear(24, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3))
optim = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
criterion = nn.CrossEntropyLoss()


@torch.no_grad()
def check(x, y):
    net.eval()
    out = net(x)
    return criterion(out, y).item(), (out.argmax(1) == y).float().mean().item()


for epoch in range(15):
    net.train()
    for batch in torch.randperm(len(X_train)).split(25):
        optim.zero_grad()
        loss = criterion(net(X_train[batch]), y_train[batch])
        loss.backward()
        optim.step()
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: train {check(X_train, y_train)} val {check(X_val, y_val)}")

print("metric:", check(X_test, y_test)[1])
