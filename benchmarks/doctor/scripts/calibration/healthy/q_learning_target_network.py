import random
from collections import deque
import torch
import torch.nn as nn

random.seed(332)
torch.manual_seed(332)
# 4x4 grid world, start top left, goal bottom right
N = 4


def step(s, a):
    r, c = divmod(s, N)
    r, c = (max(r - 1, 0), c) if a == 0 else (min(r + 1, N - 1), c) if a == 1 else (r, max(c - 1, 0)) if a == 2 else (r, min(c + 1, N - 1))
    s2 = r * N + c
    return s2, 1.0 if s2 == N * N - 1 else -0.02, s2 == N * N - 1


net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4))
target = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4))
target.load_state_dict(net.state_dict())
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
eye, memory, total = torch.eye(16), deque(maxlen=1000), 0
for episode in range(80):
    s, done, t = 0, False, 0
    while not done and t < 25:
        eps = max(0.1, 1 - episode / 40)
        with torch.no_grad():
            a = random.randrange(4) if random.random() < eps else net(eye[s]).argmax().item()
        s2, r, done = step(s, a)
        memory.append((s, a, r, s2, done))
        s, t, total = s2, t + 1, total + 1
        if len(memory) >= 64:
            S, A, R, S2, D = map(torch.tensor, zip(*random.sample(memory, 32)))
            q = net(eye[S]).gather(1, A[:, None])[:, 0]
            with torch.no_grad():
                y = R + 0.9 * target(eye[S2]).max(1).values * (~D)
            loss = nn.functional.smooth_l1_loss(q, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        if total % 100 == 0:
            target.load_state_dict(net.state_dict())
    if episode % 20 == 0:
        print(episode, t)
s, score = 0, 0.0
for _ in range(12):
    s, r, done = step(s, net(eye[s]).argmax().item())
    score += r
    if done:
        break
print('metric:', score)
