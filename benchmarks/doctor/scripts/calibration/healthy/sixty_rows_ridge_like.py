import numpy as np
import torch
from torch import nn, optim

np.random.seed(214)
torch.manual_seed(214)
X = np.random.randn(90, 3).astype(np.float32)
y = (X @ np.array([[1.5], [-2.0], [0.7]]) + 0.2 * np.random.randn(90, 1)).astype(np.float32)
X_train, y_train = torch.from_numpy(X[:60]), torch.from_numpy(y[:60])
X_test, y_test = torch.from_numpy(X[60:]), torch.from_numpy(y[60:])


class LinearRegression(nn.Module):
    def __init__(self):
        super(LinearRegression, self).__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x):
        return self.linear(x)


net = LinearRegression()
sgd = optim.SGD(net.parameters(), lr=0.05, weight_decay=1e-3)
for epoch in range(20):
    for i in range(0, 60, 10):
        sgd.zero_grad()
        loss = nn.MSELoss()(net(X_train[i:i + 10]), y_train[i:i + 10])
        loss.backward()
        sgd.step()
print(list(net.parameters()))
with torch.no_grad():
    print('metric:', 1 - (nn.MSELoss()(net(X_test), y_test) / y_test.var()).item())
