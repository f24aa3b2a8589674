import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import RobustScaler

torch.manual_seed(103)


def get_data():
    X, y = load_breast_cancer(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=103, stratify=y)
    rs = RobustScaler().fit(X_train)
    conv = lambda a: torch.from_numpy(rs.transform(a)).float().clamp(-4, 4)
    return conv(X_train), conv(X_test), torch.from_numpy(y_train), torch.from_numpy(y_test)


def train(model, X, y, epochs=20, batch=38):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    lossf = nn.CrossEntropyLoss()
    for ep in range(epochs):
        model.train()
        perm = torch.randperm(len(X))
        for i in range(0, len(X), batch):
            optimizer.zero_grad()
            l = lossf(model(X[perm[i:i + batch]]), y[perm[i:i + batch]])
            l.backward()
        if ep % 5 == 0:
            print("ep", ep, l.item())


X_train, X_test, y_train, y_test = get_data()
net = nn.Sequential(nn.Linear(30, 24), nn.ReLU(), nn.Linear(24, 2))
net[2].bias.data = torch.tensor([1.0, 0.0])
train(net, X_train, y_train)
net.eval()
print("metric:", (net(X_test).argmax(1) == y_test).float().mean().item())
