"""Learn the vector field of a damped, driven pendulum and roll it out for 25 steps."""

import math

import torch
from torch import nn

torch.manual_seed(11)
DT = 0.1
STEPS = 25


def simulate(n):
    angle = (torch.rand(n) * 2 - 1) * 2.0
    speed = torch.randn(n) * 0.7
    track = [torch.stack([angle, speed], -1)]
    for _ in range(STEPS * 10):
        acc = -1.5 * torch.sin(angle) - 0.25 * speed
        speed = speed + DT / 10 * acc
        angle = angle + DT / 10 * speed
        track.append(torch.stack([angle, speed], -1))
    return torch.stack(track[::10], 1)  # (n, STEPS + 1, 2)


class VectorField(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.lift = nn.Linear(2, width)
        self.mix = nn.Linear(width, width)
        self.out = nn.Linear(width, 2)

    def forward(self, state):
        h = torch.nn.functional.silu(self.lift(state))
        h = torch.nn.functional.silu(self.mix(h))
        return self.out(h)


class Rollout(nn.Module):
    def __init__(self):
        super().__init__()
        self.field = VectorField()

    def forward(self, start, steps=STEPS):
        state, path = start, []
        for _ in range(steps):
            state = state + DT * self.field(state)
            path.append(state)
        return torch.stack(path, 1)


train, test = simulate(1024), simulate(256)
scale = train.reshape(-1, 2).std(0)
train, test = train / scale, test / scale

net = Rollout()
for module in net.modules():
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight)
        nn.init.zeros_(module.bias)
epochs, batch = 18, 64
optim = torch.optim.Adam(net.parameters(), lr=1e-2)
sched = torch.optim.lr_scheduler.LambdaLR(optim, lambda e: 0.5 * (1 + math.cos(math.pi * e / epochs)))

for epoch in range(epochs):
    total = 0.0
    for rows in torch.randperm(len(train)).split(batch):
        target = train[rows]
        loss = nn.functional.mse_loss(net(target[:, 0]), target[:, 1:])
        optim.zero_grad()
        loss.backward()
        optim.step()
        total += loss.item() * len(rows)
    sched.step()
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1:2d}  mse {total / len(train):.5f}")

with torch.no_grad():
    error = (net(test[:, 0]) - test[:, 1:]).square().mean()
print("metric:", 1 - (error / test[:, 1:].var()).item())
