"""Three wide teachers teach a small student (temperature 3, soft and hard targets)."""
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(6)
means = 1.5 * torch.randn(24, 20)


def make(n):
    mode = torch.randint(24, (n,))
    return means[mode] + torch.randn(n, 20), mode % 8


x_train, y_train = make(3000)
x_test, y_test = make(1500)


def mlp(width):
    return nn.Sequential(nn.Linear(20, width), nn.ReLU(), nn.Linear(width, 8))


def accuracy(logits):
    return (logits.argmax(1) == y_test).float().mean().item()


teachers = []
for k in range(3):
    t = mlp(128)
    opt = torch.optim.Adam(t.parameters(), lr=3e-3)
    for epoch in range(4):
        for i in torch.randperm(len(x_train)).split(60):
            loss = F.cross_entropy(t(x_train[i]), y_train[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
    teachers.append(t.eval())
    with torch.no_grad():
        print(f'teacher {k}: {accuracy(t(x_test)):.3f}')

T = 3.0
with torch.no_grad():
    soft = torch.stack([F.softmax(t(x_train) / T, 1) for t in teachers]).mean(0)

student = mlp(32)
opt = torch.optim.Adam(student.parameters(), lr=5e-3)
for epoch in range(10):
    tot = 0
    for i in torch.randperm(len(x_train)).split(60):
        logits = student(x_train[i])
        kd = F.kl_div(F.log_softmax(logits / T, 1), soft[i], reduction='batchmean') * T * T
        loss = 0.7 * kd + 0.3 * F.cross_entropy(logits, y_train[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item() / 50
    print(f'student epoch {epoch}: {tot:.4f}')
with torch.no_grad():
    print('metric:', accuracy(student(x_test)))
