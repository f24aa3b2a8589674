import numpy as np
import torch
from torch import nn


class KilnRegressor:
    """sklearn-like wrapper; predicts the energy per batch (kJ) from kiln sensors."""

    def __init__(self, hidden=(64, 32), lr=2e-3, epochs=25, batch_size=40, scale_x=True, scale_y=True, seed=0):
        self.hidden, self.lr, self.epochs = hidden, lr, epochs
        self.batch_size, self.scale_x, self.scale_y, self.seed = batch_size, scale_x, scale_y, seed

    def _build(self, d):
        sizes = (d,) + tuple(self.hidden)
        layers = []
        for a, b in zip(sizes[:-1], sizes[1:]):
            layers += [nn.Linear(a, b), nn.LeakyReLU(0.1)]
        layers.append(nn.Linear(sizes[-1], 1))
        return nn.Sequential(*layers)

    def fit(self, X, y):
        torch.manual_seed(self.seed)
        self.xm, self.xs = (X.mean(0), X.std(0)) if self.scale_x else (0.0, 1.0)
        self.ym, self.ys = (y.mean(), y.std()) if self.scale_y else (0.0, 1.0)
        Xt = torch.as_tensor((X - self.xm) / self.xs, dtype=torch.float32)
        yt = torch.as_tensor((y - self.ym) / self.ys, dtype=torch.float32)
        self.net = self._build(X.shape[1])
        opt = torch.optim.Adam(self.net.parameters(), lr=self.lr)
        self.history_ = []
        for _ in range(self.epochs):
            for b in torch.randperm(len(Xt)).split(self.batch_size):
                opt.zero_grad()
                loss = nn.functional.mse_loss(self.net(Xt[b]).squeeze(-1), yt[b])
                loss.backward()
                opt.step()
            self.history_.append(loss.item())
        return self

    def predict(self, X):
        with torch.no_grad():
            z = self.net(torch.as_tensor((X - self.xm) / self.xs, dtype=torch.float32)).squeeze(-1).numpy()
        return z * self.ys + self.ym

    def score(self, X, y):
        p = self.predict(X)
        return 1 - ((p - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()


rng = np.random.default_rng(21)
n = 1200
temp = rng.normal(1180, 40, n)
hours = rng.uniform(5, 9, n)
mass = rng.gamma(9, 30, n)
moist = rng.beta(2, 18, n)
y = 3.1 * mass * (temp - 20) * 0.9 / 1000 * 60 + mass * moist * 2260 * 8 + hours * 4200 + rng.normal(0, 2500, n)
X = np.c_[temp, hours, mass, moist]

reg = KilnRegressor().fit(X[:900], y[:900])
print("loss by epoch:", ["%.3g" % v for v in reg.history_[::5]])
print("metric:", float(reg.score(X[900:], y[900:])))
