import torch, torch.nn as nn
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=50, random_state=0)
m, s = Xtr.mean(0), Xtr.std(0)
f = lambda a: torch.tensor((a - m) / s).float()
Xtr, Xte, ytr, yte = f(Xtr), f(Xte), torch.tensor(ytr), torch.tensor(yte)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for i in range(40):
    opt.zero_grad()
    loss = nn.CrossEntropyLoss()(net(Xtr), ytr)
    loss.backward()
    opt.step()
print('metric:', (net(Xte).argmax(1) == yte).float().mean().item())
