import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(29)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32) / 16 * 2 - 1
y = torch.tensor(y)
n_train = 1400


class TanhNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh())
        for i in (0, 2):
            nn.init.uniform_(self.hidden[i].weight, -3, 3)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        return self.out(self.hidden(x))


net = TanhNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for epoch in range(8):
    perm = torch.randperm(n_train)
    for i in range(0, n_train, 35):
        b = perm[i:i + 35]
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(X[b]), y[b])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
print('metric:', (net(X[n_train:]).argmax(1) == y[n_train:]).float().mean().item())
