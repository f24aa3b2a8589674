"""MLP from scratch with raw tensors (only autograd), following the lecture notes, week 3."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.preprocessing import MinMaxScaler

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
order = torch.randperm(len(X)).numpy()
X, y = X[order], y[order]
n_train = 1400
scaler = MinMaxScaler().fit(X[:n_train])
X = torch.tensor(scaler.transform(X), dtype=torch.float32)
y = torch.tensor(y)


def he_uniform(n_in, n_out):
    w = (torch.rand(n_in, n_out) - 1) * (6 / n_in) ** 0.5
    return w.requires_grad_()


sizes = [64, 80, 40, 10]
W = [he_uniform(a, b) for a, b in zip(sizes[:-1], sizes[1:])]
B = [torch.zeros(b, requires_grad=True) for b in sizes[1:]]


def forward(x):
    h = x
    for w, b in zip(W[:-1], B[:-1]):
        h = F.relu(h @ w + b)
    return h @ W[-1] + B[-1]


lr, batch = 0.1, 64
for epoch in range(20):
    perm = torch.randperm(n_train)
    for i in range(0, n_train, batch):
        idx = perm[i:i + batch]
        loss = F.cross_entropy(forward(X[idx]), y[idx])
        for p in W + B:
            p.grad = None
        loss.backward()
        with torch.no_grad():
            for p in W + B:
                p -= lr * p.grad
    if epoch % 4 == 3:
        print("epoch", epoch + 1, "loss", loss.item())

with torch.no_grad():
    acc = (forward(X[n_train:]).argmax(1) == y[n_train:]).float().mean()
print("metric:", acc.item())
