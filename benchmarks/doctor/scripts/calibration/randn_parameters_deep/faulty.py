import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(128)


class Dense(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.w = nn.Parameter(torch.randn(i, o))
        self.b = nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return x.matmul(self.w) + self.b


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = Dense(64, 100)
        self.l2 = Dense(100, 100)
        self.l3 = Dense(100, 100)
        self.l4 = Dense(100, 10)

    def forward(self, x):
        for l in [self.l1, self.l2, self.l3]:
            x = torch.relu(l(x))
        return self.l4(x)


X, y = load_digits(return_X_y=True)
X = torch.tensor(X).float() / 16 - 0.3
y = torch.tensor(y)
m = Net()
o = torch.optim.SGD(m.parameters(), lr=0.02, momentum=0.9)
for ep in range(8):
    for i in torch.randperm(1300).split(65):
        o.zero_grad()
        l = nn.functional.cross_entropy(m(X[i]), y[i])
        l.backward()
        o.step()
    print(ep, '%.3f' % l.item())
print('metric:', (m(X[1300:]).argmax(1) == y[1300:]).float().mean().item())
