"""DQN on a 5x5 grid with pits: replay buffer, epsilon-greedy, target network by Polyak averaging."""
import copy
import random
from collections import deque
import torch
from torch import nn

random.seed(5)
torch.manual_seed(5)
SIZE, GOAL, PITS = 5, (4, 4), {(1, 1), (2, 3), (3, 1)}
MOVES = [(0, 1), (1, 0), (0, -1), (-1, 0)]


def encode(pos):
    v = torch.zeros(SIZE * SIZE)
    v[pos[0] * SIZE + pos[1]] = 1.0
    return v


def step(pos, action):
    nxt = (min(SIZE - 1, max(0, pos[0] + MOVES[action][0])), min(SIZE - 1, max(0, pos[1] + MOVES[action][1])))
    if nxt == GOAL:
        return nxt, 1.0, True
    if nxt in PITS:
        return nxt, -1.0, True
    return nxt, -0.02, False


STARTS = [(i, j) for i in range(SIZE) for j in range(SIZE) if (i, j) != GOAL and (i, j) not in PITS]
q = nn.Sequential(nn.Linear(SIZE * SIZE, 48), nn.ReLU(), nn.Linear(48, 4))
target = copy.deepcopy(q).requires_grad_(False)
opt = torch.optim.Adam(q.parameters(), lr=3e-3)
buffer = deque(maxlen=3000)
GAMMA, steps, returns = 0.95, 0, []
for episode in range(220):
    pos, total = random.choice(STARTS), 0.0
    eps = max(0.1, 1.0 - episode / 120)
    for _ in range(30):
        if random.random() < eps:
            action = random.randrange(4)
        else:
            with torch.no_grad():
                action = int(q(encode(pos)).argmax())
        nxt, reward, done = step(pos, action)
        buffer.append((encode(pos), action, reward, encode(nxt), float(done)))
        total += reward
        pos = nxt
        steps += 1
        if len(buffer) >= 200 and steps % 2 == 0:
            s, a, r, s2, d = zip(*random.sample(buffer, 64))
            s, s2 = torch.stack(s), torch.stack(s2)
            a, r, d = torch.tensor(a), torch.tensor(r), torch.tensor(d)
            with torch.no_grad():
                best = q(s2).argmax(1, keepdim=True)                  # double DQN
                aim = r + GAMMA * (1 - d) * target(s2).gather(1, best).squeeze(1)
            loss = nn.functional.smooth_l1_loss(q(s).gather(1, a[:, None]).squeeze(1), aim)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(q.parameters(), 10.0)
            opt.step()
            with torch.no_grad():
                for p, tp in zip(q.parameters(), target.parameters()):
                    tp.lerp_(p, 0.02)
        if done:
            break
    returns.append(total)
    if episode % 40 == 39:
        print(f"episode {episode + 1}: mean return of the last 40: {sum(returns[-40:]) / 40:.3f}, eps {eps:.2f}")

reached = 0
with torch.no_grad():
    for start in STARTS:
        pos = start
        for _ in range(12):
            pos, r, done = step(pos, int(q(encode(pos)).argmax()))
            if done:
                reached += r > 0
                break
print("metric:", reached / len(STARTS))
