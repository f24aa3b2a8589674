# Forward kinematics of a two-link arm, learnt from 500 poses. Small net, full batch, LBFGS with line search.
import math
import torch
from torch import nn

torch.manual_seed(101)
torch.set_default_dtype(torch.float64)

q = torch.rand(700, 2) * torch.tensor([math.pi, 0.75 * math.pi])
tip = torch.stack([
    torch.cos(q[:, 0]) + 0.7 * torch.cos(q.sum(1)),
    torch.sin(q[:, 0]) + 0.7 * torch.sin(q.sum(1)),
    (q.sum(1) - 2.7) / 2,
], dim=1)
tip = tip + 0.01 * torch.randn_like(tip)

x = (q - q[:500].mean(0)) / q[:500].std(0)
t = (tip - tip[:500].mean(0)) / tip[:500].std(0)
net = nn.Sequential(nn.Linear(2, 20), nn.Tanh(), nn.Linear(20, 3))
solver = torch.optim.LBFGS(net.parameters(), lr=1, max_iter=10, history_size=20, line_search_fn="strong_wolfe")


def closure():
    solver.zero_grad()
    loss = ((net(x[:500]) - t[:500]) ** 2).mean() + 1e-5 * sum((p ** 2).sum() for p in net.parameters())
    loss.backward()
    return loss


for sweep in range(25):
    loss = solver.step(closure)
    if sweep % 5 == 4:
        print(f"{sweep + 1}: {loss.item():.6f}")

with torch.no_grad():
    rest = t[500:]
    r2 = 1 - ((net(x[500:]) - rest) ** 2).sum(0) / ((rest - rest.mean(0)) ** 2).sum(0)
print("R2 per output", [round(v, 4) for v in r2.tolist()])
print("metric:", r2.mean().item())
