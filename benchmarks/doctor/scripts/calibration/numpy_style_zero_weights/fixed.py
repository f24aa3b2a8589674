import torch
from torch import nn
from sklearn.datasets import make_moons

torch.manual_seed(112)


class MyLinear(nn.Module):
    """own linear layer, exercise 3"""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_in, n_out) * (2 / n_in) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        return x @ self.weight + self.bias


class MyMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden1 = MyLinear(2, 32)
        self.hidden2 = MyLinear(32, 32)
        self.output = MyLinear(32, 1)

    def forward(self, x):
        a = torch.tanh(self.hidden1(x))
        a = torch.tanh(self.hidden2(a))
        return self.output(a)[:, 0]


X, y = make_moons(800, noise=0.15, random_state=112)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
y_noise = y.clone()
model = MyMLP()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(25):
    for batch in torch.arange(600).view(-1, 40):
        logits = model(X[batch])
        loss = nn.functional.binary_cross_entropy_with_logits(logits, y[batch])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if not epoch % 5:
        print(epoch, loss.item())
print('metric:', ((model(X[600:]) > 0) == (y[600:] > 0.5)).float().mean().item())
