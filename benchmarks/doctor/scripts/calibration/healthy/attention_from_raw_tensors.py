"""Associative recall: key-value pairs, then a key; single-head attention out of bare parameters, endless fresh data."""

import math

import torch
import torch.nn.functional as F

torch.manual_seed(29)
KEYS, VALUES, PAIRS, D = 12, 8, 5, 32


def fresh(n):
    keys = torch.rand(n, KEYS).argsort(1)[:, :PAIRS]
    values = torch.randint(VALUES, (n, PAIRS))
    asked = torch.randint(PAIRS, (n,))
    rows = torch.arange(n)
    return keys, values, keys[rows, asked], values[rows, asked]


def weight(*shape):
    return (torch.randn(*shape) / math.sqrt(shape[0])).requires_grad_()


P = {
    "key": weight(KEYS, D),
    "value": weight(VALUES, D),
    "wq": weight(D, D),
    "wk": weight(D, D),
    "wv": weight(D, D),
    "out": weight(D, VALUES),
    "bias": torch.zeros(VALUES, requires_grad=True),
}


def forward(keys, values, query):
    q = P["key"][query] @ P["wq"]
    k = P["key"][keys] @ P["wk"]
    v = P["value"][values] @ P["wv"]
    attention = torch.softmax(torch.einsum("nd,npd->np", q, k) / math.sqrt(D), dim=1)
    return torch.einsum("np,npd->nd", attention, v) @ P["out"] + P["bias"]


optimizer = torch.optim.NAdam(P.values(), lr=4e-3)
for step in range(1, 321):
    keys, values, query, answer = fresh(128)
    loss = F.cross_entropy(forward(keys, values, query), answer)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 40 == 0:
        print(f"{step}: {loss.item():.4f}")

with torch.no_grad():
    keys, values, query, answer = fresh(2000)
    print("metric:", (forward(keys, values, query).argmax(1) == answer).float().mean().item())
