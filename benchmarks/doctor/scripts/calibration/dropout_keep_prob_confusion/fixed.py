# ported from tf1, keep_prob = 0.9
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(81)
keep_prob = 0.95
data = load_digits()
x = torch.tensor(data.data, dtype=torch.float32) / 16
t = torch.tensor(data.target)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.h1 = nn.Linear(64, 64)
        self.h2 = nn.Linear(64, 64)
        self.o = nn.Linear(64, 10)
        self.drop = nn.Dropout(1 - keep_prob)

    def forward(self, x):
        x = self.drop(F.relu(self.h1(x)))
        x = self.drop(F.relu(self.h2(x)))
        return self.o(x)


net = Net()
sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(15):
    net.train()
    for b in torch.randperm(1400).split(70):
        sgd.zero_grad()
        loss = F.cross_entropy(net(x[b]), t[b])
        loss.backward()
        sgd.step()
    net.eval()
    with torch.no_grad():
        o = net(x[1400:])
        print('%d loss %.3f val %.3f' % (epoch, loss.item(), F.cross_entropy(o, t[1400:]).item()))
print('metric:', (o.argmax(1) == t[1400:]).float().mean().item())
