import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(204)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X).float() / 16, torch.tensor(y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 80), nn.ReLU(), nn.Linear(80, 40), nn.ReLU())
        self.head = nn.Linear(40, 10)

    def forward(self, x):
        return self.head(self.body(x))


def steps(net, params, lr, n, rows):
    opt = torch.optim.Adam(params, lr=lr)
    for _ in range(n):
        i = rows[torch.randint(0, len(rows), (40,))]
        loss = nn.functional.cross_entropy(net(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(loss.item())


net = Net()
steps(net, net.parameters(), 2e-3, 150, torch.arange(0, 700))            # source data
net.head = nn.Linear(40, 10)
for p in net.body.parameters():
    p.requires_grad = False
steps(net, net.head.parameters(), 5e-3, 100, torch.arange(700, 1400))     # head only
for p in net.body.parameters():
    p.requires_grad = True
steps(net, net.parameters(), 5e-4, 100, torch.arange(700, 1400))          # everything, gently
with torch.no_grad():
    print('metric:', (net(X[1400:]).argmax(1) == y[1400:]).float().mean().item())
