import math

import torch
from torch import nn


class LogCosh(nn.Module):
    def forward(self, pred, target):
        d = pred - target
        return (d + nn.functional.softplus(-2 * d) - math.log(2)).mean()


class Regressor:
    """scikit-learn-like wrapper."""

    def __init__(self, n_features, hidden=50, lr=3e-3, epochs=20, batch=80):
        self.net = nn.Sequential(nn.Linear(n_features, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
                                 nn.Linear(hidden, 1))
        self.lr, self.epochs, self.batch = lr, epochs, batch
        self.criterion = LogCosh()

    def fit(self, x, y):
        opt = torch.optim.RAdam(self.net.parameters(), lr=self.lr)
        for epoch in range(self.epochs):
            self._epoch(x, y, opt)
        return self

    def _epoch(self, x, y, opt):
        for rows in torch.randperm(len(x)).split(self.batch):
            xb, yb = x[rows], y[rows]
            pred = self.net(xb)
            loss = self.criterion(pred, yb)
            opt.zero_grad()
            loss.backward()
            opt.step()

    @torch.no_grad()
    def predict(self, x):
        return self.net(x)[:, 0]

    def score(self, x, y):
        return 1 - ((self.predict(x) - y) ** 2).sum().item() / ((y - y.mean()) ** 2).sum().item()


torch.manual_seed(40)
rain, sun, soil = torch.rand(2600), torch.rand(2600), torch.randn(2600)
harvest = 4 * torch.exp(-((rain - 0.55) ** 2) / 0.08) * (0.4 + sun) + 0.4 * soil + 0.15 * torch.randn(2600)
field = torch.stack([rain, sun, soil], 1)
m, s = field[:2000].mean(0), field[:2000].std(0)
field = (field - m) / s
harvest = (harvest - harvest[:2000].mean()) / harvest[:2000].std()
reg = Regressor(3).fit(field[:2000], harvest[:2000])
print("train R2", reg.score(field[:2000], harvest[:2000]))
print("metric:", reg.score(field[2000:], harvest[2000:]))
