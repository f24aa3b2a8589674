import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_moons

torch.manual_seed(12)
X, y = make_moons(1000, noise=0.2, random_state=12)
X, y = torch.tensor(X).float(), torch.tensor(y)
teacher = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
student = nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 2))


def loop(net, loss_fn, lr, steps):
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    net.train()
    for s in range(steps):
        i = torch.randint(0, 800, (50,))
        loss = loss_fn(net(X[i]), i)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(type(net).__name__, loss.item())


def distill(out, i, temp=2.0, alpha=0.5):
    with torch.no_grad():
        t = teacher(X[i])
    soft = F.kl_div(F.log_softmax(out / temp, 1), F.softmax(t / temp, 1), reduction='batchmean') * temp ** 2
    return alpha * soft + (1 - alpha) * F.cross_entropy(out, y[i])


loop(teacher, lambda o, i: F.cross_entropy(o, y[i]), 5e-3, 250)
teacher.eval()
loop(student, distill, 1e-2, 300)
print('metric:', (student(X[800:]).argmax(1) == y[800:]).float().mean().item())
