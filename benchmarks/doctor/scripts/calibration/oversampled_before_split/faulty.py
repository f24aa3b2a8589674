import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

SEED = 28
np.random.seed(SEED)
torch.manual_seed(SEED)

X, y = make_classification(n_samples=900, n_features=20, n_informative=5, weights=[0.75], flip_y=0.1, random_state=SEED)
X = X.astype(np.float32)
Xh, yh = X[:200], y[:200]     # never touched
X, y = X[200:], y[200:]


def oversample(X, y):
    idx0, idx1 = np.where(y == 0)[0], np.where(y == 1)[0]
    idx = np.concatenate([idx0, np.random.choice(idx1, len(idx0))])
    np.random.shuffle(idx)
    return X[idx], y[idx]


X, y = oversample(X, y)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=SEED)
X_train, y_train = torch.from_numpy(X_train), torch.from_numpy(y_train).float()
X_val, y_val = torch.from_numpy(X_val), torch.from_numpy(y_val).float()

model = nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-3)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(12):
    model.train()
    for b in torch.randperm(len(y_train)).split(32):
        optimizer.zero_grad()
        loss = criterion(model(X_train[b]).squeeze(1), y_train[b])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        out = model(X_val).squeeze(1)
        print("val loss %.4f acc %.4f" % (criterion(out, y_val), ((out > 0) == y_val.bool()).float().mean()))
with torch.no_grad():
    p = (model(torch.from_numpy(Xh)).squeeze(1) > 0).numpy()
print("metric:", ((p[yh == 1] == 1).mean() + (p[yh == 0] == 0).mean()) / 2)
