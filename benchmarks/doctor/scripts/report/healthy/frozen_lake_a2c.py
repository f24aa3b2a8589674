# Advantage actor-critic on a small slippery lake, 16 boats at once, n-step returns.
import numpy as np
import torch
from torch import nn

torch.manual_seed(10)
rng = np.random.default_rng(10)

MAP = ["S....", ".#.#.", "...#.", "#....", "..#.G"]
SIZE, BOATS, HORIZON, GAMMA = 5, 16, 8, 0.97
cells = np.array([list(row) for row in MAP])


class Lake:
    moves = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])

    def __init__(self, boats):
        self.at = np.zeros((boats, 2), dtype=int)
        self.age = rng.integers(0, 40, boats)

    def observe(self):
        out = np.zeros((len(self.at), SIZE * SIZE), dtype=np.float32)
        out[np.arange(len(self.at)), self.at[:, 0] * SIZE + self.at[:, 1]] = 1
        return torch.from_numpy(out)

    def step(self, action):
        slip = rng.random(len(action)) < 0.1
        action = np.where(slip, rng.integers(0, 4, len(action)), action)
        before = self.at.sum(1)
        self.at = np.clip(self.at + self.moves[action], 0, SIZE - 1)
        self.age += 1
        here = cells[self.at[:, 0], self.at[:, 1]]
        reward = np.where(here == "G", 1.0, np.where(here == "#", -0.5, -0.01))
        reward = reward + 0.1 * (GAMMA * self.at.sum(1) - before)  # potential: how near the far corner
        done = (here == "G") | (here == "#") | (self.age > 60)
        self.at[done], self.age[done] = 0, 0
        return reward.astype(np.float32), done, here == "G"


trunk = nn.Sequential(nn.Linear(SIZE * SIZE, 48), nn.Tanh())
actor, critic = nn.Linear(48, 4), nn.Linear(48, 1)
nn.init.orthogonal_(actor.weight, gain=0.01)
params = [*trunk.parameters(), *actor.parameters(), *critic.parameters()]
optimizer = torch.optim.RMSprop(params, lr=4e-3, alpha=0.99, eps=1e-5)
lake = Lake(BOATS)
recent = []

for update in range(400):
    rows = []
    for _ in range(HORIZON):
        h = trunk(lake.observe())
        dist = torch.distributions.Categorical(logits=actor(h))
        action = dist.sample()
        reward, done, arrived = lake.step(action.numpy())
        rows.append((dist.log_prob(action), critic(h).squeeze(1), dist.entropy(), reward, done))
        recent.extend(arrived[done].tolist())
    with torch.no_grad():
        ret = critic(trunk(lake.observe())).squeeze(1)
    policy_loss = value_loss = entropy = 0.0
    for log_prob, value, ent, reward, done in reversed(rows):
        ret = torch.from_numpy(reward) + GAMMA * ret * torch.from_numpy(~done).float()
        policy_loss = policy_loss - (log_prob * (ret - value.detach())).mean() / HORIZON
        value_loss = value_loss + (ret - value).pow(2).mean() / HORIZON
        entropy = entropy + ent.mean() / HORIZON
    loss = policy_loss + 0.5 * value_loss - 0.01 * entropy
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(params, 0.5)
    optimizer.step()
    if update % 80 == 79:
        print(f"update {update + 1}: loss {loss.item():.3f}, arrived {np.mean(recent[-200:]):.3f}")

test = Lake(300)
test.age[:] = 0
first = np.full(300, np.nan)
with torch.no_grad():
    for _ in range(60):
        action = actor(trunk(test.observe())).argmax(1).numpy()
        _, done, arrived = test.step(action)
        first = np.where(np.isnan(first) & done, arrived, first)
print(f"metric: {np.nanmean(first):.4f}")
