# Tutorial: implementing momentum ourselves. Part 2, the network.
import torch
from sklearn.datasets import make_moons

torch.manual_seed(20)
pts, lab = make_moons(1200, noise=0.18, random_state=20)
X = torch.tensor(pts, dtype=torch.float32)
y = torch.tensor(lab)
X_train, y_train, X_test, y_test = X[:900], y[:900], X[900:], y[900:]
mu, sd = X_train.mean(0), X_train.std(0)
X_train, X_test = (X_train - mu) / sd, (X_test - mu) / sd


def init(n_in, n_out):
    w = torch.randn(n_in, n_out) * (2 / n_in) ** 0.5
    return w.requires_grad_(True), torch.zeros(n_out, requires_grad=True)


layers = [init(2, 24), init(24, 24), init(24, 2)]


def net(x):
    for w, b in layers[:-1]:
        x = torch.relu(x @ w + b)
    w, b = layers[-1]
    return x @ w + b


def nll(logits, target):
    logp = logits - logits.logsumexp(1, keepdim=True)
    return -logp[torch.arange(len(target)), target].mean()


class Momentum:
    def __init__(self, params, lr, mu=0.9):
        self.params, self.lr, self.mu = list(params), lr, mu
        self.v = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        for p, v in zip(self.params, self.v):
            v.mul_(self.mu).add_(p.grad, alpha=self.lr)
            p.add_(v)

    def zero_grad(self):
        for p in self.params:
            p.grad = None


opt = Momentum([p for l in layers for p in l], lr=0.03)
for epoch in range(12):
    for i in torch.randperm(900).split(30):
        opt.zero_grad()
        loss = nll(net(X_train[i]), y_train[i])
        loss.backward()
        opt.step()
    print(f"epoch {epoch:2d}: loss = {loss.item():.4f}")
with torch.no_grad():
    print("metric:", (net(X_test).argmax(1) == y_test).float().mean().item())
