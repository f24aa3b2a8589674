# only two numbers are trained (stiffness and friction, as logarithms), through a simulation
import torch

torch.manual_seed(10)
TRUE_K, TRUE_C, DT = 2.6, 0.35, 0.05


def simulate(k, c, start, steps=60):
    position, speed = start[:, 0], start[:, 1]
    track = []
    for _ in range(steps):
        speed = speed + DT * (-k * position - c * speed)
        position = position + DT * speed
        track.append(position)
    return torch.stack(track, 1)


starts = torch.randn(120, 2)
with torch.no_grad():
    tracks = simulate(TRUE_K, TRUE_C, starts) + 0.05 * torch.randn(120, 60)
log_k = torch.nn.Parameter(torch.tensor(0.0))
log_c = torch.nn.Parameter(torch.tensor(0.0))
optimizer = torch.optim.Adam([log_k, log_c], lr=0.05)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 150, eta_min=1e-3)
for step in range(150):
    rows = torch.randperm(100)[:32]
    loss = (simulate(log_k.exp(), log_c.exp(), starts[rows]) - tracks[rows]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 30 == 0:
        print(step, f"k={log_k.exp().item():.3f} c={log_c.exp().item():.3f} loss={loss.item():.5f}")
with torch.no_grad():
    rest = simulate(log_k.exp(), log_c.exp(), starts[100:]) - tracks[100:]
    print("metric:", 1 - (rest.square().mean() / tracks[100:].var()).item())
