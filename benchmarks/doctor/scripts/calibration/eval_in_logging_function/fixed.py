import torch
import torch.nn as nn
from sklearn.datasets import make_classification

torch.manual_seed(315)
X, y = make_classification(700, 80, n_informative=8, n_redundant=0, n_classes=2, flip_y=0.05, class_sep=1.2, random_state=315)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y)
Xtr, ytr, Xva, yva = X[:250], y[:250], X[250:], y[250:]
net = nn.Sequential(nn.Linear(80, 256), nn.ReLU(), nn.Dropout(0.6), nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.6), nn.Linear(256, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)


def log(step):
    net.eval()
    with torch.no_grad():
        out = net(Xva)
    acc = (out.argmax(1) == yva).float().mean().item()
    print(f"step {step}: val loss {nn.functional.cross_entropy(out, yva).item():.3f} acc {acc:.3f}")
    net.train()
    return acc


for step in range(150):
    b = torch.randint(0, 250, (25,))
    loss = nn.functional.cross_entropy(net(Xtr[b]), ytr[b])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 25 == 0:
        log(step)
print("metric:", log(150))
