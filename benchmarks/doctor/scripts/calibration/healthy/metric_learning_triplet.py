import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(44)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16).float(), torch.tensor(y)
Xtr, ytr, Xte, yte = X[:1300], y[:1300], X[1300:], y[1300:]
by_class = [torch.nonzero(ytr == c).squeeze(1) for c in range(10)]


class EmbeddingNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(64, 64), nn.PReLU(), nn.Linear(64, 16))

    def forward(self, x):
        return nn.functional.normalize(self.fc(x), dim=1)


def triplets(n):
    a, p, q = [], [], []
    for _ in range(n):
        c, d = torch.randperm(10)[:2].tolist()
        k = by_class[c][torch.randint(len(by_class[c]), (2,))]
        a.append(k[0]), p.append(k[1]), q.append(by_class[d][torch.randint(len(by_class[d]), (1,))][0])
    return torch.stack(a), torch.stack(p), torch.stack(q)


net = EmbeddingNet()
crit = nn.TripletMarginLoss(margin=0.5)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for i in range(120):
    a, p, q = triplets(32)
    opt.zero_grad()
    loss = crit(net(Xtr[a]), net(Xtr[p]), net(Xtr[q]))
    loss.backward()
    opt.step()
    if i % 40 == 0:
        print(i, loss.item())
with torch.no_grad():
    near = torch.cdist(net(Xte), net(Xtr)).argmin(1)
print('metric:', (ytr[near] == yte).float().mean().item())
