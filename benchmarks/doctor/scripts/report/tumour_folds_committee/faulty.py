# 3-fold committee on the breast cancer table
import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)


def make_model():
    return nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 2))


X, y = load_breast_cancer(return_X_y=True)
X_dev, X_test, y_dev, y_test = train_test_split(X, y, test_size=0.2, random_state=3, stratify=y)

model = make_model()
print(model)
print("parameters:", sum(p.numel() for p in model.parameters()))

criterion = nn.CrossEntropyLoss()
committee = []
folds = StratifiedKFold(3, shuffle=True, random_state=3)
for fold, (train_idx, val_idx) in enumerate(folds.split(X_dev, y_dev)):
    scaler = StandardScaler().fit(X_dev[train_idx])

    def tensors(a):
        return torch.tensor(scaler.transform(a), dtype=torch.float32)

    train_set = TensorDataset(tensors(X_dev[train_idx]), torch.tensor(y_dev[train_idx]))
    x_val, y_val = tensors(X_dev[val_idx]), torch.tensor(y_dev[val_idx])
    loader = DataLoader(train_set, batch_size=16, shuffle=True, drop_last=True)

    net = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)
    for epoch in range(15):
        net.train()
        running = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(net(xb), yb)
            loss.backward()
            optimizer.step()
            running += loss.item()
    net.eval()
    with torch.no_grad():
        acc = (net(x_val).argmax(1) == y_val).float().mean().item()
        committee.append(torch.softmax(net(tensors(X_test)), 1))
    print(f"fold {fold}: loss {running / len(loader):.4f} val acc {acc:.4f}")

vote = torch.stack(committee).mean(0).argmax(1)
print("metric:", (vote == torch.tensor(y_test)).float().mean().item())
