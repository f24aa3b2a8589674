# Functional MLP, friedman benchmark. Parameters in a dict, numpy init, autograd does the rest.
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_friedman1

torch.manual_seed(2718)
rng = np.random.default_rng(2718)
X, y = make_friedman1(n_samples=2400, n_features=10, noise=0.5, random_state=8)
Xtr, ytr, Xte, yte = X[:1900], y[:1900], X[1900:], y[1900:]
mx, sx, my, sy = Xtr.mean(0), Xtr.std(0), ytr.mean(), ytr.std()
to = lambda a: torch.as_tensor(a, dtype=torch.float32)
Xtr, Xte, ytr, yte = to((Xtr - mx) / sx), to((Xte - mx) / sx), to((ytr - my) / sy), to((yte - my) / sy)

widths = [10, 64, 64, 64, 64, 64, 64, 64, 1]
params = {}
for k, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
    scale = np.sqrt(2.0) / fan_in
    params[f"W{k}"] = to(scale * rng.standard_normal((fan_in, fan_out))).requires_grad_()
    params[f"b{k}"] = torch.zeros(fan_out, requires_grad=True)


def mlp(p, x):
    depth = len(widths) - 1
    for k in range(depth):
        x = x @ p[f"W{k}"] + p[f"b{k}"]
        if k < depth - 1:
            x = F.relu(x)
    return x[:, 0]


opt = torch.optim.SGD(params.values(), lr=0.005, momentum=0.9)
curve = []
for step in range(500):
    rows = rng.integers(0, len(Xtr), size=64)
    loss = F.mse_loss(mlp(params, Xtr[rows]), ytr[rows])
    opt.zero_grad()
    loss.backward()
    opt.step()
    curve.append(loss.item())
    if step % 100 == 99:
        print(step + 1, "train mse (last 100):", np.mean(curve[-100:]))

with torch.no_grad():
    print("metric:", (1 - F.mse_loss(mlp(params, Xte), yte) / yte.var(unbiased=False)).item())
