"""Semi-gradient TD(0): the value of a noisy walk on a ring, bootstrapped targets, checked against the exact values."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(114)
rng = np.random.default_rng(114)
STATES, GAMMA = 20, 0.8
P = np.zeros((STATES, STATES))
for s in range(STATES):
    P[s, (s + 1) % STATES] += 0.6
    P[s, (s - 1) % STATES] += 0.3
    P[s, s] += 0.1
R = np.cos(2 * np.pi * np.arange(STATES) / STATES) + (np.arange(STATES) > 14) * 1.0
R = (R - R.mean()) / R.std()
exact = torch.tensor(np.linalg.solve(np.eye(STATES) - GAMMA * P, R), dtype=torch.float32)

angle = 2 * np.pi * np.arange(STATES) / STATES
features = np.stack([f(k * angle) for k in (1, 2, 3) for f in (np.sin, np.cos)], 1) * np.sqrt(2)
features = torch.tensor(features, dtype=torch.float32)
reward = torch.tensor(R, dtype=torch.float32)

# one long walk
walk = [0]
for _ in range(6000):
    walk.append(rng.choice(STATES, p=P[walk[-1]]))
walk = torch.tensor(walk)

value = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam(value.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda k: 1 - 0.9 * k / 1000)
for step in range(1000):
    at = torch.randint(0, 6000, (64,))
    s, s_next = walk[at], walk[at + 1]
    with torch.no_grad():
        target = reward[s] + GAMMA * value(features[s_next]).squeeze(1)
    loss = (value(features[s]).squeeze(1) - target).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 200 == 199:
        with torch.no_grad():
            off = (value(features).squeeze(1) - exact).square().mean() / exact.var()
        print(f"step {step + 1}: td loss {loss.item():.4f}  off the exact values {off.item():.4f}")

print("metric:", 1 - off.item())
