import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(161)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16, dtype=torch.float64)
y = torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 30), nn.Tanh(), nn.Linear(30, 10)).double()
lr = 0.6
optimizer = torch.optim.SGD(net.parameters(), lr=lr)
for epoch in range(250):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(X[:1400]), y[:1400])
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(epoch, loss.item())
with torch.no_grad():
    print('metric:', (net(X[1400:]).argmax(1) == y[1400:]).double().mean().item())
