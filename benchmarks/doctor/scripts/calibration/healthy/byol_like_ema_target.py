import copy
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(201)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 8 - 1, dtype=torch.float32), torch.tensor(y)
online = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 16))
predictor = nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16))
target = copy.deepcopy(online)
for p in target.parameters():
    p.requires_grad = False
opt = torch.optim.Adam(list(online.parameters()) + list(predictor.parameters()), lr=2e-3)
aug = lambda x: x * (torch.rand_like(x) > 0.2) + 0.1 * torch.randn_like(x)
for step in range(200):
    x = X[torch.randint(0, 1300, (128,))]
    a, b = aug(x), aug(x)
    with torch.no_grad():
        ta, tb = target(a), target(b)
    loss = 2 - F.cosine_similarity(predictor(online(a)), tb).mean() - F.cosine_similarity(predictor(online(b)), ta).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for po, pt in zip(online.parameters(), target.parameters()):
            pt.mul_(0.97).add_(0.03 * po)
    if step % 50 == 0:
        print(step, loss.item())
online.eval()
with torch.no_grad():
    near = torch.cdist(online(X[1300:]), online(X[:1300])).argmin(1)
print('metric:', (y[near] == y[1300:]).float().mean().item())
