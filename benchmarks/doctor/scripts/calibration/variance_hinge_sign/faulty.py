# small VICReg on the digits: two noisy views, no labels, then a logistic regression on the frozen features
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

torch.manual_seed(16)
X, y = load_digits(return_X_y=True)
perm = torch.randperm(len(X))
X = torch.tensor(X, dtype=torch.float32)[perm] / 16
y = torch.tensor(y)[perm]
X_tr, y_tr, X_te, y_te = X[:1300], y[:1300], X[1300:], y[1300:]


def view(x):
    shift = int(torch.randint(-1, 2, (1,)))
    img = torch.roll(x.view(-1, 8, 8), shift, dims=1)
    return img.reshape(-1, 64) + 0.1 * torch.randn(len(x), 64)


def vicreg(a, b):
    sim = F.mse_loss(a, b)
    std_a = torch.sqrt(a.var(dim=0) + 1e-4)
    std_b = torch.sqrt(b.var(dim=0) + 1e-4)
    std = F.relu(std_a - 1).mean() + F.relu(std_b - 1).mean()
    cov = 0
    for z in (a, b):
        z = z - z.mean(0)
        c = z.T @ z / (len(z) - 1)
        cov = cov + (c - torch.diag(c.diag())).pow(2).sum() / c.shape[0]
    return 25 * sim + 25 * std + cov


net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 32))
opt = torch.optim.AdamW(net.parameters(), lr=2e-3)
for step in range(400):
    batch = X_tr[torch.randint(0, len(X_tr), (128,))]
    loss = vicreg(net(view(batch)), net(view(batch)))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 80 == 0:
        print(step, loss.item())

with torch.no_grad():
    f_tr, f_te = net(X_tr).numpy(), net(X_te).numpy()
probe = LogisticRegression(C=3, max_iter=1000).fit(f_tr, y_tr.numpy())
print('metric:', probe.score(f_te, y_te.numpy()))
