"""Learning to learn sine waves: inner steps by functional_call on fast weights, the outer step through them by Adam."""

import math

import torch
from fingerprint import fingerprint
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
meta_optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
inner_lr = 0.02


def sample_task():
    amplitude, phase = 0.5 + 1.5 * torch.rand(()), math.pi * torch.rand(())
    return lambda x: amplitude * torch.sin(x + phase)


def adapt(params, x, y):
    loss = nn.functional.mse_loss(functional_call(model, params, (x,)), y)
    grads = torch.autograd.grad(loss, params.values(), create_graph=True)
    return {name: value - inner_lr * grad for (name, value), grad in zip(params.items(), grads, strict=True)}


for iteration in range(80):
    meta_loss = 0.0
    for _ in range(4):
        task = sample_task()
        x_support, x_query = 6 * torch.rand(10, 1) - 3, 6 * torch.rand(10, 1) - 3
        fast = adapt(dict(model.named_parameters()), x_support, task(x_support))
        meta_loss = meta_loss + nn.functional.mse_loss(functional_call(model, fast, (x_query,)), task(x_query))
    meta_loss = meta_loss / 4
    meta_optimizer.zero_grad()
    meta_loss.backward()
    meta_optimizer.step()
    if iteration % 20 == 0:
        print(f"{iteration}: {meta_loss.item():.4f}")
fingerprint(model)
