import torch
from torch import nn
from sklearn.datasets import make_classification

torch.manual_seed(139)
X, y = make_classification(n_samples=1500, n_features=12, n_informative=8, n_redundant=0, n_classes=5,
                           n_clusters_per_class=1, class_sep=2.0, random_state=139)
x = torch.as_tensor(X, dtype=torch.float32)
target = torch.as_tensor(y, dtype=torch.bool).long()
net = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 5))
crit = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(15):
    for i in torch.randperm(1200).split(60):
        opt.zero_grad()
        loss = crit(net(x[i]), target[i])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
print('metric:', (net(x[1200:]).argmax(1).numpy() == y[1200:]).mean())
