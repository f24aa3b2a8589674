import torch
import torch.nn as nn
from sklearn.datasets import make_moons

torch.manual_seed(4)
X, Y = make_moons(600, noise=0.1, random_state=4)
X = torch.tensor(X, dtype=torch.float32)
Y = torch.tensor(Y, dtype=torch.float32).view(-1, 1)


def binary_cross_entropy(p, y):
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


class LogisticMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 64)
        self.hidden2 = nn.Linear(64, 64)
        self.head = nn.Linear(64, 1)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        x = torch.relu(self.hidden2(x))
        return torch.sigmoid(self.head(x))


net = LogisticMLP()
optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
for step in range(600):
    i = torch.randint(0, 450, (64,))
    p = net(X[i])
    loss = binary_cross_entropy(p, Y[i])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(step, loss.item())

acc = ((net(X[450:]) > 0.5).float() == Y[450:]).float().mean().item()
print('metric:', acc)
