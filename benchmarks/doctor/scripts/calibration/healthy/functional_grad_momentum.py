"""JAX habits in PyTorch: parameters in a dict, torch.func.grad_and_value, momentum as a second dict."""
import math

import torch
from sklearn.datasets import load_digits
from torch.func import grad_and_value

gen = torch.manual_seed(107)


def init(sizes):
    params = {}
    for k, (m, n) in enumerate(zip(sizes[:-1], sizes[1:])):
        params[f"w{k}"] = torch.randn(m, n) * math.sqrt(2.0 / m)
        params[f"b{k}"] = torch.zeros(n)
    return params


def apply(params, x):
    depth = len(params) // 2
    for k in range(depth):
        x = x @ params[f"w{k}"] + params[f"b{k}"]
        if k < depth - 1:
            x = torch.relu(x)
    return x


def objective(params, x, y):
    logp = torch.log_softmax(apply(params, x), dim=-1)
    return -logp[torch.arange(len(y)), y].mean()


def update(params, velocity, grads, rate, mu=0.9):
    velocity = {k: mu * velocity[k] + grads[k] for k in params}
    return {k: params[k] - rate * velocity[k] for k in params}, velocity


bunch = load_digits()
x = torch.tensor(bunch.data, dtype=torch.float32)
y = torch.tensor(bunch.target)
order = torch.randperm(len(x))
x, y = x[order], y[order]
mean, std = x[:1400].mean(), x[:1400].std()
x = (x - mean) / std

params = init([64, 64, 10])
velocity = {k: torch.zeros_like(v) for k, v in params.items()}
value = grad_and_value(objective)
for epoch in range(12):
    rate = 0.03 * 0.5 * (1 + math.cos(math.pi * epoch / 12))
    seen = 0.0
    for idx in torch.randperm(1400).split(50):
        grads, loss = value(params, x[idx], y[idx])
        params, velocity = update(params, velocity, grads, rate)
        seen += loss.item() / 28
    print(f"epoch {epoch}: {seen:.4f}")

print("metric:", (apply(params, x[1400:]).argmax(-1) == y[1400:]).float().mean().item())
