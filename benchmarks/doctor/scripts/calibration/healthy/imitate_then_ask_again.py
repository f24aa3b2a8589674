"""DAgger: imitate a controller, drive, ask the controller about the places one got to, and go on with the larger set."""
import torch
from torch import nn

torch.manual_seed(24)


def controller(state):
    return torch.tanh(-1.4 * state[:, :1] - 1.1 * state[:, 1:2] + 0.4 * torch.sin(2 * state[:, :1]))


def drive(policy, n, steps=20):
    state, seen = torch.randn(n, 2), []
    for _ in range(steps):
        seen.append(state)
        push = policy(state)
        speed = state[:, 1:2] + 0.15 * push
        state = torch.cat([state[:, :1] + 0.15 * speed, speed], 1)
    return torch.cat(seen), state


net = nn.Sequential(nn.Linear(2, 32), nn.GELU(), nn.Linear(32, 1), nn.Tanh())
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
memory, _ = drive(controller, 20)
for loop in range(6):
    answers = controller(memory)
    for _ in range(100):
        rows = torch.randint(len(memory), (64,))
        loss = nn.functional.mse_loss(net(memory[rows]), answers[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        met, _ = drive(net, 20)
    memory = torch.cat([memory, met])
    print("round", loop, "states", len(memory), "loss", loss.item())
with torch.no_grad():
    met, _ = drive(net, 200)
    print("metric:", 1 - ((net(met) - controller(met)).square().mean() / controller(met).var()).item())
