"""Neural ODE by hand: an RK4 solver inside the graph, trained on short pieces of Lotka-Volterra trajectories."""
import torch
import torch.nn as nn

torch.manual_seed(31)
DT = 0.1


def rk4(f, x):
    k1 = f(x)
    k2 = f(x + DT / 2 * k1)
    k3 = f(x + DT / 2 * k2)
    k4 = f(x + DT * k3)
    return x + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def truth(z):
    prey, pred = z[..., :1], z[..., 1:]
    return torch.cat([1.1 * prey - 0.8 * prey * pred, -1.0 * pred + 0.6 * prey * pred], -1)


def trajectories(n, steps):
    z = 0.6 + 1.6 * torch.rand(n, 2)
    out = [z]
    for _ in range(steps):
        z = rk4(truth, z)
        out.append(z)
    return torch.stack(out, 1)


class Dynamics(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 40), nn.Softplus(), nn.Linear(40, 40), nn.Softplus(), nn.Linear(40, 2))
        nn.init.normal_(self.net[-1].weight, 0, 0.01)
        nn.init.zeros_(self.net[-1].bias)

    def forward(self, z):
        return self.net(z - 1.6)


clean = trajectories(60, 40)
train = clean + 0.01 * torch.randn_like(clean)
test = trajectories(40, 30)
f = Dynamics()
opt = torch.optim.Adam(f.parameters(), lr=1e-2)
HORIZON = 5
STEPS = 320
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, STEPS)
for step in range(STEPS):
    who = torch.randint(0, 60, (64,))
    when = torch.randint(0, 41 - HORIZON, (64,))
    z = train[who, when]
    loss = 0.0
    for h in range(1, HORIZON + 1):
        z = rk4(f, z)
        loss = loss + (z - train[who, when + h]).pow(2).mean() / HORIZON
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 40 == 0:
        print(f"step {step:3d} loss {loss.item():.5f}")
with torch.no_grad():
    z, path = test[:, 0], []
    for _ in range(30):
        z = rk4(f, z)
        path.append(z)
    path = torch.stack(path, 1)
    aim = test[:, 1:]
    print("metric:", 1 - ((path - aim).pow(2).sum() / (aim - aim.mean((0, 1))).pow(2).sum()).item())
