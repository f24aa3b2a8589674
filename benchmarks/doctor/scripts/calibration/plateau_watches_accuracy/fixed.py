import copy
import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler
from torch.optim.lr_scheduler import ReduceLROnPlateau

torch.manual_seed(29)
X, y = make_classification(n_samples=2200, n_features=16, n_informative=8, n_redundant=2, n_classes=4,
                           n_clusters_per_class=2, class_sep=1.5, random_state=29)
scaler = StandardScaler().fit(X[:1250])
X = torch.tensor(scaler.transform(X), dtype=torch.float32)
y = torch.tensor(y)
parts = {'train': slice(0, 1250), 'val': slice(1250, 1700), 'test': slice(1700, 2200)}

model = nn.Sequential(nn.Linear(16, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.1),
                      nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-3)
scheduler = ReduceLROnPlateau(optimizer, mode='max', factor=0.2, patience=2)
criterion = nn.CrossEntropyLoss()


def accuracy(part):
    model.eval()
    with torch.no_grad():
        return (model(X[parts[part]]).argmax(1) == y[parts[part]]).float().mean().item()


best_acc, best_state = 0.0, None
for epoch in range(20):
    model.train()
    for b in torch.randperm(1250).split(50):
        optimizer.zero_grad()
        loss = criterion(model(X[b]), y[b])
        loss.backward()
        optimizer.step()
    val_acc = accuracy('val')
    scheduler.step(val_acc)
    if val_acc > best_acc:
        best_acc, best_state = val_acc, copy.deepcopy(model.state_dict())
    print(f'epoch {epoch:2d}  loss {loss.item():.4f}  val acc {val_acc:.4f}  lr {optimizer.param_groups[0]["lr"]:.2g}')

model.load_state_dict(best_state)
print('metric:', accuracy('test'))
