import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

gen = torch.Generator().manual_seed(19)
data = load_wine()
x_tr, x_te, y_tr, y_te = train_test_split(data.data, data.target, test_size=0.3, stratify=data.target, random_state=19)
m, s = x_tr.mean(axis=0), x_tr.std(axis=0)
x_tr, x_te = (torch.tensor((x - m) / s, dtype=torch.float32) for x in (x_tr, x_te))
y_tr, y_te = torch.tensor(y_tr), torch.tensor(y_te)


def glorot(fan_in, fan_out):
    limit = (6 / (fan_in + fan_out)) ** 0.5
    return ((2 * torch.rand(fan_in, fan_out, generator=gen) - 1) * limit).requires_grad_()


params = [glorot(13, 24), torch.zeros(24, requires_grad=True), glorot(24, 3), torch.zeros(3, requires_grad=True)]
squares = [torch.zeros_like(p) for p in params]


def forward(x, w1, b1, w2, b2):
    return torch.nn.functional.leaky_relu(x @ w1 + b1, 0.1) @ w2 + b2


def loss_of(x, y, *p):
    logp = torch.log_softmax(forward(x, *p), dim=1)
    return -logp[torch.arange(len(y)), y].mean() + 1e-3 * sum((w**2).sum() for w in p if w.dim() == 2)


rate, beta = 5e-3, 0.95
curve = []
for epoch in range(40):
    for rows in torch.randperm(len(y_tr), generator=gen).split(25):
        value = loss_of(x_tr[rows], y_tr[rows], *params)
        grads = torch.autograd.grad(value, params)
        with torch.no_grad():
            for p, g, v in zip(params, grads, squares, strict=True):
                v.mul_(beta).addcmul_(g, g, value=1 - beta)
                p.addcdiv_(g, v.sqrt().add_(1e-6), value=-rate)
        curve.append(value.item())
    if epoch % 8 == 7:
        rate *= 0.6
        print(f"epoch {epoch + 1}: loss {np.mean(curve[-5:]):.4f}")

with torch.no_grad():
    accuracy = (forward(x_te, *params).argmax(1) == y_te).float().mean().item()
print(f"metric: {accuracy:.4f}")
