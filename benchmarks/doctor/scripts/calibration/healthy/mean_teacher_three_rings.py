"""Mean teacher: 120 labelled points, 2,000 unlabelled; the EMA teacher gives the consistency targets."""
import copy
import math
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(44)


def rings(n):
    y = torch.randint(3, (n,))
    r = 0.6 + 0.9 * y + 0.1 * torch.randn(n)
    a = 2 * math.pi * torch.rand(n)
    return torch.stack([r * a.cos(), r * a.sin()], 1), y


x_lab, y_lab = rings(120)
x_unl, _ = rings(2000)
x_test, y_test = rings(1000)

student = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
teacher = copy.deepcopy(student).requires_grad_(False)
opt = torch.optim.Adam(student.parameters(), lr=4e-3)
STEPS = 600


def jitter(x):
    return x + 0.08 * torch.randn_like(x)


for step in range(STEPS):
    li = torch.randint(len(x_lab), (30,))
    ui = torch.randint(len(x_unl), (100,))
    sup = F.cross_entropy(student(jitter(x_lab[li])), y_lab[li])
    ramp = math.exp(-5 * (1 - min(1.0, step / 200)) ** 2)
    cons = F.mse_loss(F.softmax(student(jitter(x_unl[ui])), 1), F.softmax(teacher(jitter(x_unl[ui])), 1))
    loss = sup + 5.0 * ramp * cons
    opt.zero_grad()
    loss.backward()
    opt.step()
    decay = min(0.99, 1 - 1 / (step + 2))
    with torch.no_grad():
        for a, b in zip(teacher.parameters(), student.parameters()):
            a.lerp_(b, 1 - decay)
    if step % 100 == 99:
        acc = (teacher(x_test).argmax(1) == y_test).float().mean().item()
        print(f'{step + 1} supervised {sup.item():.4f} consistency {cons.item():.5f} teacher {acc:.3f}')
print('metric:', (teacher(x_test).argmax(1) == y_test).float().mean().item())
