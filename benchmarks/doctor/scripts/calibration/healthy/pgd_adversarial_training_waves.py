"""Adversarial training (3 PGD steps); the figure is accuracy on clean test signals."""
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(50)
EPS, ALPHA, K = 0.15, 0.08, 3
basis = torch.randn(6, 40)


def signals(n):
    y = torch.randint(6, (n,))
    return basis[y] * (0.6 + 0.6 * torch.rand(n, 1)) + 0.9 * torch.randn(n, 40), y


def pgd(model, x, y):
    delta = torch.empty_like(x).uniform_(-EPS, EPS)
    for _ in range(K):
        delta.requires_grad_(True)
        grad, = torch.autograd.grad(F.cross_entropy(model(x + delta), y), delta)   # leaves the weights' .grad alone
        delta = (delta.detach() + ALPHA * grad.sign()).clamp(-EPS, EPS)
    return (x + delta).detach()


net = nn.Sequential(nn.Linear(40, 96), nn.ReLU(), nn.Linear(96, 6))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
epochs = 6
sched = torch.optim.lr_scheduler.MultiStepLR(opt, [3, 5], gamma=0.2)
x, y = signals(3000)
xt, yt = signals(1000)
for epoch in range(epochs):
    tot = 0.0
    for i in torch.randperm(len(x)).split(75):
        loss = F.cross_entropy(net(pgd(net, x[i], y[i])), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item() / 40
    sched.step()
    adv = (net(pgd(net, xt, yt)).argmax(1) == yt).float().mean().item()
    with torch.no_grad():
        clean = (net(xt).argmax(1) == yt).float().mean().item()
    print(f'epoch {epoch} adv. loss {tot:.4f} clean {clean:.3f} robust {adv:.3f}')
print('metric:', clean)
