import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_blobs

# stochastic gradient descent in the original sense: one sample at a time
torch.manual_seed(2)
X, y = make_blobs(900, n_features=4, centers=4, cluster_std=1.5, random_state=3)
X = torch.tensor((X - X.mean(0)) / X.std(0)).float()
y = torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for n, i in enumerate(torch.randperm(700).tolist()):
    loss = F.cross_entropy(net(X[i:i + 1]), y[i:i + 1])
    opt.zero_grad()
    loss.backward()
    opt.step()
print('metric:', (net(X[700:]).argmax(1) == y[700:]).float().mean().item())
