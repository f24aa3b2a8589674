"""Learning-rate range test on a throw-away copy (the loss is meant to blow up at its end), then a proper training."""
import copy
import math
import torch
from torch import nn
from sklearn.datasets import make_friedman1

torch.manual_seed(36)


class LRFinder:
    def __init__(self, model, make_optimizer, loss_fn):
        self.model = copy.deepcopy(model)
        self.opt = make_optimizer(self.model.parameters(), 1e-4)
        self.loss_fn = loss_fn

    def run(self, batches, lowest=1e-4, highest=3.0, steps=70):
        factor = (highest / lowest) ** (1 / (steps - 1))
        lr, smooth, best, log = lowest, None, math.inf, []
        for _, (xb, yb) in zip(range(steps), batches):
            for g in self.opt.param_groups:
                g["lr"] = lr
            loss = self.loss_fn(self.model(xb), yb)
            if not torch.isfinite(loss):
                break
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            smooth = loss.item() if smooth is None else 0.8 * smooth + 0.2 * loss.item()
            log.append((lr, smooth))
            best = min(best, smooth)
            if smooth > 3 * best and len(log) > 10:
                break
            lr *= factor
        lowest_at = min(log, key=lambda p: p[1])[0]
        return lowest_at / 5, log


def endless(x, y, size):
    while True:
        for idx in torch.randperm(len(x)).split(size):
            yield x[idx], y[idx]


X, y = make_friedman1(2200, n_features=10, noise=1.0, random_state=6)
X, y = torch.tensor(X * 2 - 1, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None]
x_tr, x_te, y_tr, y_te = X[:1700], X[1700:], y[:1700], y[1700:]
m, s = y_tr.mean(), y_tr.std()
y_tr = (y_tr - m) / s
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
make = lambda params, lr: torch.optim.SGD(params, lr=lr, momentum=0.9)
lr, curve = LRFinder(model, make, nn.MSELoss()).run(endless(x_tr, y_tr, 64))
print(f"range test stopped after {len(curve)} steps, chosen rate {lr:.4f}")

opt = make(model.parameters(), lr)
epochs = 25
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=lr, total_steps=epochs * math.ceil(1700 / 64), cycle_momentum=False)
for epoch in range(epochs):
    for idx in torch.randperm(1700).split(64):
        loss = nn.functional.mse_loss(model(x_tr[idx]), y_tr[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    if epoch % 6 == 0:
        print(epoch, round(loss.item(), 4))
with torch.no_grad():
    print("metric:", (1 - (model(x_te) * s + m - y_te).pow(2).mean() / y_te.var()).item())
