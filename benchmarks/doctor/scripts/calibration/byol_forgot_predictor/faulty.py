import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_blobs

torch.manual_seed(310)
X, y = make_blobs(1500, n_features=20, centers=6, cluster_std=2.0, random_state=310)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.projector = nn.Linear(32, 8)

    def forward(self, x):
        return self.projector(self.encoder(x))


net = Encoder()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for step in range(250):
    x = X[torch.randint(0, 1200, (100,))]
    a, b = net(x + 0.2 * torch.randn_like(x)), net(x + 0.2 * torch.randn_like(x))
    align = (a - b).pow(2).sum(1).mean()
    loss = align
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 0:
        print(step, loss.item())
with torch.no_grad():
    near = torch.cdist(net(X[1200:] + 0.1 * torch.randn(300, 20)), net(X[:1200] + 0.1 * torch.randn(1200, 20))).argmin(1)
print('metric:', (y[near] == y[1200:]).float().mean().item())
