import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.metrics import f1_score

torch.manual_seed(41)
X, y = make_classification(n_samples=1800, n_features=10, n_informative=6, weights=[0.83], class_sep=1.4, flip_y=0.01, random_state=41)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
X_train, X_test = torch.tensor(X_train).float(), torch.tensor(X_test).float()
y_train = torch.tensor(y_train).float()

net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(15):
    for b in torch.randperm(len(X_train)).split(50):
        opt.zero_grad()
        bce(net(X_train[b])[:, 0], y_train[b]).backward()
        opt.step()
with torch.no_grad():
    print('metric:', f1_score(y_test, (net(X_test)[:, 0] > 0).numpy()))
