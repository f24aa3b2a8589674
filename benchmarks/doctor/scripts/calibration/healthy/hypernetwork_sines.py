"""A hypernetwork writes the weights of a small sine-regression network from (amplitude, phase)."""
import torch
from torch import nn

torch.manual_seed(23)
HID = 16
SHAPES = [(HID, 1), (HID,), (HID, HID), (HID,), (1, HID), (1,)]
SIZES = [int(torch.tensor(s).prod()) for s in SHAPES]
FAN = [1, None, HID, None, HID, None]


class Hyper(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(3, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(48, s) for s in SIZES)
        for head, fan in zip(self.heads, FAN):
            nn.init.normal_(head.weight, 0, 0.02)
            if fan is None:
                nn.init.zeros_(head.bias)
            else:
                nn.init.normal_(head.bias, 0, fan ** -0.5)

    def forward(self, task):
        h = self.trunk(task)
        return [head(h).view(-1, *shape) for head, shape in zip(self.heads, SHAPES)]


def target_net(params, x):
    w1, b1, w2, b2, w3, b3 = params
    h = torch.tanh(torch.einsum("bhi,bni->bnh", w1, x) + b1[:, None])
    h = torch.tanh(torch.einsum("bhi,bni->bnh", w2, h) + b2[:, None])
    return torch.einsum("bhi,bni->bnh", w3, h) + b3[:, None]


def tasks(n, points):
    amp = 0.5 + torch.rand(n) * 1.0
    phase = torch.rand(n) * 2 * torch.pi
    x = torch.rand(n, points, 1) * 4 - 2
    y = amp[:, None, None] * torch.sin(2 * x + phase[:, None, None])
    return torch.stack([amp - 1, phase.sin(), phase.cos()], 1), x, y


hyper = Hyper()
opt = torch.optim.Adam(hyper.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 6e-3, total_steps=500)
for step in range(500):
    code, x, y = tasks(32, 20)
    loss = (target_net(hyper(code), x) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(hyper.parameters(), 1.0)
    opt.step()
    sched.step()
    if step % 60 == 0:
        print(f"{step:4d} {loss.item():.4f}")
with torch.no_grad():
    code, x, y = tasks(200, 40)
    print("metric:", 1 - ((target_net(hyper(code), x) - y).pow(2).mean() / y.var()).item())
