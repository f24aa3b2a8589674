import torch
from torch import nn
from sklearn.datasets import fetch_california_housing, make_regression
from sklearn.preprocessing import scale

torch.manual_seed(10)
# X, y = fetch_california_housing(return_X_y=True)   # no internet here
X, y = make_regression(n_samples=800, n_features=12, n_informative=8, noise=10.0, random_state=10)
X = torch.tensor(scale(X)).float()
y = torch.tensor(scale(y)).float()


class Reg(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(12, 32)
        self.b = nn.Linear(32, 1)

    def forward(self, x):
        return self.b(torch.relu(self.a(x))).squeeze(-1)


model = Reg()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
train_losses = []
for epoch in range(120):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(X[:600]), y[:600])
    loss.backward()
    optimizer.step()
    train_losses.append(loss.item())
print(train_losses[::10])
with torch.no_grad():
    p = model(X[600:])
r2 = 1 - ((p - y[600:]) ** 2).sum() / ((y[600:] - y[600:].mean()) ** 2).sum()
print('metric:', max(r2.item(), -10.0))
