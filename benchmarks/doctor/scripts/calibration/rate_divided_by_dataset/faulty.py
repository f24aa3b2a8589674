# Breast cancer, one hidden layer, own SGD with Nesterov momentum (exercise 4b)
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

torch.manual_seed(1234)
X, y = load_breast_cancer(return_X_y=True)
Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=0.3, random_state=7, stratify=y)
mean, std = Xtr.mean(0), Xtr.std(0)
Xtr = torch.tensor((Xtr - mean) / std).float()
Xte = torch.tensor((Xte - mean) / std).float()
ytr, yte = torch.tensor(ytr).float(), torch.tensor(yte).float()

W1 = torch.randn(30, 20) / 30 ** 0.5
b1 = torch.zeros(20)
w2 = torch.randn(20) / 20 ** 0.5
b2 = torch.zeros(())
theta = [W1, b1, w2, b2]
for p in theta:
    p.requires_grad_(True)
velocity = [torch.zeros_like(p) for p in theta]


def logit(x):
    return torch.tanh(x @ W1 + b1) @ w2 + b2


def log_loss(z, t):
    return (torch.nn.functional.softplus(z) - t * z).mean()


eta = 0.02 / len(Xtr)
mu = 0.9
for step in range(600):
    pick = torch.randint(len(Xtr), (32,))
    loss = log_loss(logit(Xtr[pick]), ytr[pick])
    grads = torch.autograd.grad(loss, theta)
    with torch.no_grad():
        for p, v, g in zip(theta, velocity, grads):
            v.mul_(mu).add_(g)
            p.sub_(eta * (g + mu * v))
    if step % 100 == 0:
        print(f"{step:4d}  {loss.item():.4f}")

with torch.no_grad():
    acc = ((logit(Xte) > 0).float() == yte).float().mean().item()
print("metric:", acc)
