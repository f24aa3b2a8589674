"""Cyclical learning rates (triangular2) on three interleaved arcs."""
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(105)
rng = np.random.default_rng(105)

n = 2100
arm = rng.integers(0, 3, n)
r = rng.uniform(0.15, 1.0, n)
angle = 2.2 * r * np.pi / 2 + arm * 2 * np.pi / 3 + rng.normal(0, 0.12, n)
xy = np.stack([r * np.cos(angle), r * np.sin(angle)], 1)
xy = torch.tensor(xy / xy[:1600].std(), dtype=torch.float32)
arm = torch.tensor(arm)

net = nn.Sequential(nn.Linear(2, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
cycle = torch.optim.lr_scheduler.CyclicLR(opt, base_lr=0.01, max_lr=0.15, step_size_up=100, mode="triangular2")

log = []
for step in range(1000):
    i = torch.randint(0, 1600, (64,))
    loss = nn.functional.cross_entropy(net(xy[i]), arm[i])
    opt.zero_grad()
    loss.backward()
    opt.step()
    cycle.step()
    log.append(loss.item())
    if step % 200 == 199:
        print(f"cycle {step // 200 + 1}: loss {np.mean(log[-50:]):.4f} rate {opt.param_groups[0]['lr']:.4f}")

net.eval()
with torch.no_grad():
    print("metric:", (net(xy[1600:]).argmax(1) == arm[1600:]).float().mean().item())
