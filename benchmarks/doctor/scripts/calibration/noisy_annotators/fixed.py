import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

np.random.seed(5)
torch.manual_seed(5)
x, y = load_digits(return_X_y=True)
order = np.random.permutation(len(x))
x, y = x[order] / 16.0, y[order]

# crowd-sourced labels: every annotator guesses now and then
labels = y.copy()
bad = np.random.rand(len(y)) < 0.01
labels[bad] = np.random.randint(0, 10, bad.sum())

Xtr = torch.tensor(x[:1200], dtype=torch.float32)
Ltr = torch.tensor(labels[:1200])
Xva = torch.tensor(x[1200:1500], dtype=torch.float32)
Lva = torch.tensor(labels[1200:1500])
Xte = torch.tensor(x[1500:], dtype=torch.float32)
Yte = torch.tensor(y[1500:])

clf = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(clf.parameters(), lr=2e-3)
ce = nn.CrossEntropyLoss()
for epoch in range(20):
    clf.train()
    for idx in np.array_split(np.random.permutation(1200), 24):
        optimizer.zero_grad()
        ce(clf(Xtr[idx]), Ltr[idx]).backward()
        optimizer.step()
    clf.eval()
    with torch.no_grad():
        v = ce(clf(Xva), Lva).item()
    print('epoch', epoch, 'val', round(v, 4))
print('metric:', (clf(Xte).argmax(1) == Yte).float().mean().item())
