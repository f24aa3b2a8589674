"""An ensemble trained at once by torch.func: stacked states, functional_call under vmap, one optimizer."""

import copy

import torch
from fingerprint import fingerprint
from sklearn.datasets import load_iris
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

torch.manual_seed(8)
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
X = (X - X.mean(0)) / X.std(0)
order = torch.randperm(len(X))
train, test = order[:110], order[110:]
models = [nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3)) for _ in range(5)]
params, buffers = stack_module_state(models)
base = copy.deepcopy(models[0]).to("meta")
optimizer = torch.optim.Adam(list(params.values()), lr=2e-2)


def one(params, buffers, x):
    return functional_call(base, (params, buffers), (x,))


for step in range(100):
    rows = train[torch.randint(len(train), (32,))]
    logits = vmap(one, in_dims=(0, 0, None))(params, buffers, X[rows])
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), y[rows].repeat(5))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        with torch.no_grad():
            votes = vmap(one, in_dims=(0, 0, None))(params, buffers, X[test]).mean(0)
        print(f"{step}: {loss.item():.4f}, accuracy {(votes.argmax(1) == y[test]).float().mean().item():.3f}")
fingerprint(*params.values())
