"""Three interleaved arcs, separated by a network of raw tensors; autograd does the rest."""

import math

import torch

torch.manual_seed(44)


def arcs(n):
    label = torch.randint(3, (n,))
    angle = torch.rand(n) * math.pi + label * 2 * math.pi / 3
    radius = 1.0 + 0.12 * torch.randn(n)
    centre = torch.stack([torch.cos(label * 2.1), torch.sin(label * 2.1)], 1) * 0.7
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1) + centre, label


def dense(n_in, n_out):
    weight = torch.randn(n_in, n_out) * math.sqrt(2 / n_in)
    return [weight.requires_grad_(), torch.zeros(n_out, requires_grad=True)]


def forward(params, x):
    w1, b1, w2, b2, w3, b3 = params
    h = torch.relu(x @ w1 + b1)
    h = torch.relu(h @ w2 + b2)
    return h @ w3 + b3


def nll(logits, label):
    log_prob = logits - logits.logsumexp(dim=1, keepdim=True)
    return -log_prob[torch.arange(len(label)), label].mean()


x, label = arcs(1500)
x_test, label_test = arcs(500)
params = dense(2, 32) + dense(32, 32) + dense(32, 3)
rate = 0.1
for epoch in range(30):
    total = 0.0
    for idx in torch.randperm(len(x)).split(50):
        loss = nll(forward(params, x[idx]), label[idx])
        grads = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for p, g in zip(params, grads, strict=True):
                p.add_(g, alpha=rate)
        total += loss.item() * len(idx)
    if epoch % 5 == 4:
        print(epoch + 1, round(total / len(x), 4))

with torch.no_grad():
    hit = (forward(params, x_test).argmax(1) == label_test).float().mean().item()
print("metric:", hit)
