import torch
import torch.nn as nn
from torch.optim.swa_utils import AveragedModel, SWALR
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_breast_cancer

torch.manual_seed(339)
X, y = load_breast_cancer(return_X_y=True)
p = torch.randperm(len(y))
X, y = torch.tensor(X, dtype=torch.float32)[p], torch.tensor(y)[p]
X = (X - X[:400].mean(0)) / X[:400].std(0)
net = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 2))


def test(m):
    m.eval()
    with torch.no_grad():
        return (m(X[400:]).argmax(1) == y[400:]).float().mean().item()


print('untrained', test(net))
swa = AveragedModel(net)
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
swa_sched = SWALR(opt, swa_lr=0.02)
for epoch in range(12):
    net.train()
    for a, b in DataLoader(TensorDataset(X[:400], y[:400]), batch_size=25, shuffle=True):
        opt.zero_grad()
        nn.functional.cross_entropy(net(a), b).backward()
        opt.step()
    if epoch >= 6:
        swa.update_parameters(net)
        swa_sched.step()
    print(epoch, test(net))
print('metric:', test(swa))
