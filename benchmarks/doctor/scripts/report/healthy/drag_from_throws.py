# How much drag and lift has the ball?  Two coefficients, found by differentiating through the flight.
import math

import torch

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)

G, DT, STEPS = 9.81, 0.02, 60
true = {"drag": 0.06, "lift": 0.025}
WIND = 1.8  # measured


def fly(speed, angle, drag, lift):
    vx, vy = speed * torch.cos(angle), speed * torch.sin(angle)
    x, y = torch.zeros_like(vx), torch.zeros_like(vy)
    track = []
    for _ in range(STEPS):
        rx = vx - WIND
        v = torch.sqrt(rx * rx + vy * vy + 1e-12)
        ax = -drag * v * rx - lift * v * vy
        ay = -G - drag * v * vy + lift * v * rx
        vx, vy = vx + DT * ax, vy + DT * ay
        x, y = x + DT * vx, y + DT * vy
        track.append(torch.stack([x, y], dim=-1))
    return torch.stack(track, dim=1)


def throws(n):
    return 14 + 4 * torch.rand(n), math.radians(25) + 0.5 * torch.rand(n)


speed, angle = throws(24)
with torch.no_grad():
    seen = fly(speed, angle, **true) + 0.03 * torch.randn(24, STEPS, 2)
new_speed, new_angle = throws(40)

log_drag = torch.tensor(math.log(0.02), requires_grad=True)
lift = torch.tensor(0.0, requires_grad=True)
optimizer = torch.optim.Adam([{"params": [log_drag], "lr": 0.08}, {"params": [lift], "lr": 0.004}])
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 120)

for i in range(120):
    optimizer.zero_grad()
    loss = ((fly(speed, angle, log_drag.exp(), lift) - seen) ** 2).mean()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if i % 20 == 19:
        print(f"{i + 1:3d} {loss.item():.5f} {log_drag.exp().item():.4f} {lift.item():.4f}")

with torch.no_grad():
    ahead = fly(new_speed, new_angle, log_drag.exp(), lift)
    real = fly(new_speed, new_angle, **true)
    error = (ahead[:, -1] - real[:, -1]).norm(dim=1).mean() / real[:, -1].norm(dim=1).mean()
print(f"metric: {1 - error.item():.4f}")
