"""MAP estimate of a small network: Gaussian likelihood, Gaussian prior on the weights. Concrete-like mixtures."""
import numpy as np
import torch

torch.manual_seed(40)
rng = np.random.default_rng(40)

# ---- data: strength of a mixture from its five shares and its age
N = 1500
shares = rng.dirichlet([4, 3, 2, 2, 1], N)
age = rng.exponential(30, N).clip(1, 365)
strength = (
    60 * shares[:, 0] / (shares[:, 1] + 0.25) * (1 - np.exp(-age / 20)) - 80 * shares[:, 3] ** 2
    + 25 * np.sqrt(shares[:, 4]) + rng.normal(0, 2.0, N)
)
X = np.column_stack([shares, np.log(age)])
train, test = np.arange(N) < 1200, np.arange(N) >= 1200
X = (X - X[train].mean(0)) / X[train].std(0)
target_mean, target_std = strength[train].mean(), strength[train].std()
y = (strength - target_mean) / target_std
X_train, y_train, X_test, y_test = (
    torch.tensor(a, dtype=torch.float32) for a in (X[train], y[train], X[test], y[test])
)

# ---- model: plain tensors
H = 50
weights = {
    "W1": torch.randn(6, H) / np.sqrt(6), "b1": torch.zeros(H),
    "W2": torch.randn(H, H) / np.sqrt(H), "b2": torch.zeros(H),
    "W3": torch.randn(H, 1) / np.sqrt(H), "b3": torch.zeros(1),
}
for w in weights.values():
    w.requires_grad_()
SIGMA = 0.3          # noise of the standardised strength
PRIOR = 1.0          # standard deviation of a weight


def predict(x):
    h = torch.tanh(x @ weights["W1"] + weights["b1"])
    h = torch.tanh(h @ weights["W2"] + weights["b2"])
    return (h @ weights["W3"] + weights["b3"]).squeeze(1)


def negative_log_posterior(x, t, n):
    """per observation; n is the size of the whole training set"""
    nll = 0.5 * ((predict(x) - t) / SIGMA).square().mean()
    prior = sum(0.5 * (w / PRIOR).square().sum() for w in weights.values())
    return nll + prior


optimizer = torch.optim.Adam(weights.values(), lr=5e-3)
for epoch in range(30):
    order = torch.randperm(len(X_train))
    track = []
    for idx in order.split(60):
        objective = negative_log_posterior(X_train[idx], y_train[idx], len(X_train))
        optimizer.zero_grad()
        objective.backward()
        optimizer.step()
        track.append(objective.item())
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1:3d}: objective {np.mean(track):.4f}")

with torch.no_grad():
    r2 = 1 - (predict(X_test) - y_test).square().mean() / y_test.var()
print("metric:", float(r2))
