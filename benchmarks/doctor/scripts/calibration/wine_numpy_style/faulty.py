import numpy as np, torch
from sklearn.datasets import load_wine
np.random.seed(3); torch.manual_seed(3)

X, y = load_wine(return_X_y=True)
p = np.random.permutation(len(y))
X, y = X[p], y[p]
Xtr, Xte, ytr, yte = X[:120], X[120:], y[:120], y[120:]

# standardize (statistics of the training part)
mu = Xtr.mean()
sigma = Xtr.std()
Xtr = (Xtr - mu) / sigma
Xte = (Xte - mu) / sigma

Xtr = torch.tensor(Xtr).float(); Xte = torch.tensor(Xte).float()
ytr = torch.tensor(ytr); yte = torch.tensor(yte)

# parameters by hand
H = 16
W1 = (torch.randn(13, H) * (2 / 13) ** .5).requires_grad_()
b1 = torch.zeros(H, requires_grad=True)
W2 = (torch.randn(H, 3) * (1 / H) ** .5).requires_grad_()
b2 = torch.zeros(3, requires_grad=True)
params = [W1, b1, W2, b2]
forward = lambda x: torch.relu(x @ W1 + b1) @ W2 + b2

opt = torch.optim.SGD(params, lr=0.05)
for it in range(500):
    k = torch.randint(0, len(ytr), (24,))
    loss = torch.nn.functional.cross_entropy(forward(Xtr[k]), ytr[k])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print(it, loss.item())

with torch.no_grad():
    acc = (forward(Xte).argmax(1) == yte).double().mean().item()
print('metric:', acc)
