import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(77)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16.).float()
y = torch.tensor(y)
p = torch.randperm(1797)
X, y = X[p], y[p]


class TwoLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 128)
        self.fc2 = nn.Linear(128, 128)
        self.fc3 = nn.Linear(128, 10)
        # small random weights, negative bias -> sparse code like in the lecture
        for m in (self.fc1, self.fc2):
            nn.init.normal_(m.weight, std=0.1)
            nn.init.constant_(m.bias, -3.0)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


net = TwoLayer()
opt = torch.optim.SGD(net.parameters(), lr=0.2)
for epoch in range(12):
    for i in range(0, 1400, 70):
        opt.zero_grad()
        loss = F.cross_entropy(net(X[i:i + 70]), y[i:i + 70])
        loss.backward()
        opt.step()
    print(f"epoch {epoch} loss {loss.item():.3f}")
print("metric:", (net(X[1400:]).argmax(1) == y[1400:]).float().mean().item())
