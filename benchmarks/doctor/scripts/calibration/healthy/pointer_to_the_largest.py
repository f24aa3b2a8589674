# A pointer network: the "classes" are positions in the input, different ones for every row.
import torch
import torch.nn as nn

torch.manual_seed(17)


def batch(n, length=9):
    x = torch.rand(n, length, 2) * 2 - 1
    anchor = torch.rand(n, 2) * 2 - 1
    return x, anchor, (x - anchor[:, None]).square().sum(-1).argmin(1)


class Pointer(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.point = nn.Sequential(nn.Linear(2, dim), nn.Tanh(), nn.Linear(dim, dim))
        self.anchor = nn.Sequential(nn.Linear(2, dim), nn.Tanh(), nn.Linear(dim, dim))
        self.v = nn.Sequential(nn.Tanh(), nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 1))

    def forward(self, x, anchor):
        return self.v(self.point(x) + self.anchor(anchor)[:, None]).squeeze(-1)


net = Pointer()
opt = torch.optim.Adam(net.parameters(), lr=8e-3)
STEPS = 500
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 8e-3, total_steps=STEPS)
seen = 0.0
for step in range(STEPS):
    x, anchor, target = batch(128)
    loss = nn.functional.cross_entropy(net(x, anchor), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    seen += loss.item()
    if (step + 1) % 100 == 0:
        print(f"{step + 1:4d} {seen / 100:.4f}")
        seen = 0.0

with torch.no_grad():
    x, anchor, target = batch(2000)
    print("metric:", (net(x, anchor).argmax(1) == target).float().mean().item())
