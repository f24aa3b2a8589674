"""
Weight noise as a regulariser: the gradient is taken at noisy weights, the step is made from the clean ones.
The noise is not stored; it is drawn again from the step's seed when it is taken back (as MeZO does).
"""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(45)
NOISE, STEPS, BATCH, LR = 0.02, 900, 48, 3e-3

# pump curves: head from flow, speed, diameter, viscosity and two pressures
N = 1900
raw = torch.rand(N, 6)
head = (
    (0.4 + raw[:, 1]) ** 2 * (1 - 0.8 * raw[:, 0] ** 2) * (0.6 + raw[:, 2])
    - 0.5 * raw[:, 3] * raw[:, 0] + 0.3 * torch.sin(3 * raw[:, 4]) + 0.03 * torch.randn(N)
)
x = (raw - 0.5) * 12 ** 0.5
y = (head - head[:1500].mean()) / head[:1500].std()
x_fit, y_fit, x_val, y_val = x[:1500], y[:1500], x[1500:], y[1500:]

model = nn.Sequential(nn.Linear(6, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=LR)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
source = torch.Generator()


@torch.no_grad()
def perturb(module, sign, step):
    for p in module.parameters():
        p.add_(torch.randn(p.shape, generator=source), alpha=sign * NOISE)


running = None
for step in range(1, STEPS + 1):
    rows = torch.randint(0, 1500, (BATCH,))
    perturb(model, +1, step)
    loss = F.mse_loss(model(x_fit[rows])[:, 0], y_fit[rows])
    optimizer.zero_grad()
    loss.backward()
    perturb(model, -1, step)
    optimizer.step()
    scheduler.step()
    running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
    if step % 150 == 0:
        print(f"step {step}: loss {running:.4f}")

with torch.no_grad():
    r2 = 1 - F.mse_loss(model(x_val)[:, 0], y_val) / y_val.var()
print("metric:", r2.item())
