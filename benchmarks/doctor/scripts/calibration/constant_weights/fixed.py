import torch
import torch.nn as nn
from sklearn.datasets import make_friedman1

torch.manual_seed(123)
X, y = make_friedman1(n_samples=900, n_features=5, noise=0.3, random_state=123)
X = torch.tensor(X, dtype=torch.float32) * 2 - 1
y = torch.tensor(y, dtype=torch.float32)[:, None]
y = (y - y[:700].mean()) / y[:700].std()


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
        self.head = nn.Linear(32, 1)
        self.apply(self._init)

    @staticmethod
    def _init(m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_normal_(m.weight)
            m.bias.data.fill_(0.01)

    def forward(self, x):
        return self.head(self.encoder(x))


net = Regressor()
optim = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(25):
    for k in torch.randperm(700).split(35):
        optim.zero_grad()
        out = net(X[k])
        ((out - y[k]) ** 2).mean().backward()
        optim.step()

with torch.no_grad():
    e = net(X[700:]) - y[700:]
    print('metric:', (1 - e.var() / y[700:].var()).item())
