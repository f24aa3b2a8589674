import torch
import torch.nn as nn
from sklearn.datasets import make_classification

torch.manual_seed(317)
X, y = make_classification(1000, 12, n_informative=6, flip_y=0.1, random_state=317)
X = torch.tensor(X, dtype=torch.float32)
s = torch.tensor(2 * y - 1, dtype=torch.float32)
net = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(12):
    for b in torch.randperm(800).split(40):
        margin = s[b] * net(X[b])
        loss = (1 - margin).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    nll = nn.functional.softplus(-s[800:] * net(X[800:])).mean().item()
print('metric:', max(1 - nll, -9.0) if nll == nll else -9.0)
