import torch
import torch.nn as nn
from sklearn.datasets import make_classification

torch.manual_seed(15)
X, y = make_classification(n_samples=1100, n_features=60, n_informative=5, n_redundant=0, flip_y=0.12, class_sep=1.0,
                           n_clusters_per_class=1, shuffle=False, random_state=15)
p = torch.randperm(1100)
X = torch.tensor(X).float()[p]
y = torch.tensor(y)[p]
X_train, y_train = X[:140], y[:140]
X_val, y_val = X[140:500], y[140:500]
X_test, y_test = X[500:], y[500:]

model = nn.Sequential(nn.Linear(60, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 2))
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
EPOCHS = 60
loss_fn = nn.CrossEntropyLoss()

for epoch in range(EPOCHS):
    model.train()
    for b in torch.randperm(140).split(20):
        loss = loss_fn(model(X_train[b]), y_train[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        val_out = model(X_val)
        val_loss = loss_fn(val_out, y_val)
        val_acc = (val_out.argmax(1) == y_val).float().mean()
    print(f"{epoch:3d} train {loss.item():.4f} val {val_loss.item():.4f} acc {val_acc.item():.3f}")

with torch.no_grad():
    out = model(X_test)
    # normalised gain in log loss over guessing
    print("metric:", 1 - (loss_fn(out, y_test) / 0.6931).item())
