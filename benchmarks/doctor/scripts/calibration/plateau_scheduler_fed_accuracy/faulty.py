import torch
import torch.nn as nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import make_classification

torch.manual_seed(124)
X, y = make_classification(n_samples=2000, n_features=30, n_informative=14, n_redundant=0, n_classes=6,
                           n_clusters_per_class=2, class_sep=2.0, random_state=124)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X[:1500].mean(0)) / X[:1500].std(0)
y = torch.tensor(y)
train_dl = DataLoader(TensorDataset(X[:1500], y[:1500]), batch_size=50, shuffle=True)
valid_dl = DataLoader(TensorDataset(X[1500:], y[1500:]), batch_size=250)
model = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 6))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = ReduceLROnPlateau(optimizer, factor=0.1, patience=0)
for epoch in range(15):
    model.train()
    for xb, yb in train_dl:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
    model.eval()
    hits = 0
    with torch.no_grad():
        for xb, yb in valid_dl:
            hits += (model(xb).argmax(1) == yb).sum().item()
    val_acc = hits / 500
    scheduler.step(val_acc)
    print(f"Epoch {epoch + 1}: val_acc {val_acc:.3f} lr {optimizer.param_groups[0]['lr']:.2g}")
print("metric:", val_acc)
