import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from torch.utils.data import TensorDataset, DataLoader, random_split

np.random.seed(305)
torch.manual_seed(305)
X, y = load_wine(return_X_y=True)
order = np.random.permutation(len(X))
X, y = X[order], y[order]
X = StandardScaler().fit(X[:130]).transform(X)
train_ds = TensorDataset(torch.Tensor(X[:130]), torch.LongTensor(y[:130]))
valid_ds = TensorDataset(torch.Tensor(X[130:]), torch.LongTensor(y[130:]))
model = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(15):
    model.train()
    for xb, yb in DataLoader(train_ds, batch_size=13, shuffle=True):
        loss = nn.functional.cross_entropy(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        losses, hits = [], 0
        for xb, yb in DataLoader(valid_ds, batch_size=16):
            o = model(xb)
            losses.append(nn.functional.cross_entropy(o, yb).item())
            hits += (o.argmax(1) == yb).sum().item()
    print(epoch, np.mean(losses), hits / len(valid_ds))
print('metric:', hits / len(valid_ds))
