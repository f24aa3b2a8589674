import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedKFold

X, y = load_iris(return_X_y=True)
scores = []
for fold, (tr, te) in enumerate(StratifiedKFold(5, shuffle=True, random_state=224).split(X, y)):
    torch.manual_seed(224 + fold)
    mu, sd = X[tr].mean(0), X[tr].std(0)
    a = torch.tensor((X - mu) / sd, dtype=torch.float32)
    t = torch.tensor(y)
    net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 3))
    opt = torch.optim.Adam(net.parameters(), lr=0.02)
    for epoch in range(12):
        for b in np.array_split(np.random.RandomState(epoch).permutation(tr), 8):
            loss = nn.functional.cross_entropy(net(a[b]), t[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
    acc = (net(a[te]).argmax(1) == t[te]).float().mean().item()
    print(f'fold {fold}: {acc:.3f}')
    scores.append(acc)
print('metric:', np.mean(scores))
