"""FitNets: a thin deep student first learns the hidden activations of a wide teacher, then its softened answers."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(14)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(x))
tr, te = order[:1300], order[1300:]
x = (x - x[tr].mean()) / x[tr].std()


class Teacher(nn.Module):
    def __init__(self):
        super().__init__()
        self.low = nn.Sequential(nn.Linear(64, 256), nn.ReLU())
        self.high = nn.Sequential(nn.Dropout(0.3), nn.Linear(256, 10))

    def forward(self, x):
        return self.high(self.low(x))


class Student(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.low = nn.Sequential(nn.Linear(64, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.high = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 10))

    def forward(self, x):
        return self.high(self.low(x))


def epochs(n, batch=50):
    for epoch in range(n):
        for idx in tr[torch.randperm(len(tr))].split(batch):
            yield epoch, idx


teacher = Teacher()
opt = torch.optim.Adam(teacher.parameters(), lr=1e-3)
for _, idx in epochs(10):
    opt.zero_grad()
    F.cross_entropy(teacher(x[idx]), y[idx]).backward()
    opt.step()
teacher.eval().requires_grad_(False)
print("teacher", (teacher(x[te]).argmax(1) == y[te]).float().mean().item())

# stage 1: only the lower half of the student and a throw-away regressor
student, regressor = Student(), nn.Linear(24, 256)
opt = torch.optim.Adam([*student.low.parameters(), *regressor.parameters()], lr=4e-3)
last = None
for epoch, idx in epochs(10):
    hint = F.mse_loss(regressor(student.low(x[idx])), teacher.low(x[idx]))
    opt.zero_grad()
    hint.backward()
    opt.step()
    if epoch != last:
        print(f"hint epoch {epoch}: {hint.item():.4f}")
        last = epoch

# stage 2: everything, softened targets and labels
T = 3.0
opt = torch.optim.Adam(student.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 14 * 26)
for _, idx in epochs(14):
    out, soft = student(x[idx]), teacher(x[idx])
    kd = F.kl_div((out / T).log_softmax(1), (soft / T).softmax(1), reduction="batchmean") * T * T
    loss = 0.7 * kd + 0.3 * F.cross_entropy(out, y[idx])
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
print(f"final loss {loss.item():.4f}")
with torch.no_grad():
    print("metric:", (student(x[te]).argmax(1) == y[te]).float().mean().item())
