# signum: the sign of a running gradient, a rate that falls to nought, no torch.optim at all
import torch
from sklearn.datasets import load_digits
from torch.nn import functional as F

torch.manual_seed(4)
images, labels = load_digits(return_X_y=True)
order = torch.randperm(len(images))
x = (torch.tensor(images, dtype=torch.float32)[order] - 4.9) / 6.0
y = torch.tensor(labels)[order]
x, x_test, y, y_test = x[:1400], x[1400:], y[:1400], y[1400:]
w1 = (torch.randn(64, 48) * (2 / 64) ** 0.5).requires_grad_()
b1 = torch.zeros(48, requires_grad=True)
w2 = (torch.randn(48, 10) * (1 / 48) ** 0.5).requires_grad_()
b2 = torch.zeros(10, requires_grad=True)
weights = [w1, b1, w2, b2]
running = [torch.zeros_like(w) for w in weights]


def scores(v):
    return F.relu(v @ w1 + b1) @ w2 + b2


steps = 500
for step in range(steps):
    rows = torch.randint(len(x), (64,))
    loss = F.cross_entropy(scores(x[rows]), y[rows])
    gradients = torch.autograd.grad(loss, weights)
    with torch.no_grad():
        for w, m, g in zip(weights, running, gradients):
            m.mul_(0.9).add_(g, alpha=0.1)
            w.sub_(2e-3 * (1 - step / steps) * (m.sign() + 0.01 * w))
    if step % 100 == 0:
        print(step, loss.item())
print("metric:", (scores(x_test).argmax(1) == y_test).float().mean().item())
