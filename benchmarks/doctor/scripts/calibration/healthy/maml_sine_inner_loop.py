import math
import torch
import torch.nn as nn
from torch.func import functional_call

torch.manual_seed(338)
net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
meta_opt = torch.optim.Adam(net.parameters(), lr=3e-3)


def task():
    a, p = 0.5 + 1.5 * torch.rand(1), math.pi * torch.rand(1) / 2
    x = torch.rand(20, 1) * 6 - 3
    y = a * torch.sin(x + p)
    return x[:10], y[:10], x[10:], y[10:]


def adapt(x, y, lr=0.05, create=True):
    params = dict(net.named_parameters())
    for _ in range(2):
        loss = nn.functional.mse_loss(functional_call(net, params, (x,)), y)
        grads = torch.autograd.grad(loss, list(params.values()), create_graph=create)
        params = {k: v - lr * g for (k, v), g in zip(params.items(), grads)}
    return params


for it in range(150):
    meta_opt.zero_grad()
    total = 0.
    for _ in range(4):
        xs, ys, xq, yq = task()
        total = total + nn.functional.mse_loss(functional_call(net, adapt(xs, ys), (xq,)), yq) / 4
    total.backward()
    meta_opt.step()
    if it % 30 == 0:
        print(it, total.item())
err, var = 0., 0.
for _ in range(50):
    xs, ys, xq, yq = task()
    err += nn.functional.mse_loss(functional_call(net, adapt(xs, ys, create=False), (xq,)), yq).item()
    var += yq.var().item()
print('metric:', 1 - err / var)
