import torch
import torch.nn as nn
from torch.distributions import Categorical

torch.manual_seed(6)


class Corridor:
    """walk right to reach the goal at the end, 12 steps at most"""
    def reset(self):
        self.pos, self.t = 0, 0
        return self.obs()

    def obs(self):
        o = torch.zeros(6)
        o[self.pos] = 1.
        return o

    def step(self, a):
        self.pos = max(0, min(5, self.pos + (1 if a == 1 else -1)))
        self.t += 1
        done = self.pos == 5 or self.t == 12
        return self.obs(), (1.0 if self.pos == 5 else -0.05), done


env = Corridor()
policy = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
gamma = 0.95
scores = []
for episode in range(120):
    s, done, logps, rewards = env.reset(), False, [], []
    while not done:
        dist = Categorical(logits=policy(s))
        a = dist.sample()
        s, r, done = env.step(a.item())
        logps.append(dist.log_prob(a))
        rewards.append(r)
    G, returns = 0, []
    for r in reversed(rewards):
        G = r + gamma * G
        returns.insert(0, G)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    loss = -(torch.stack(logps) * returns).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scores.append(sum(rewards))
    if episode % 20 == 0:
        print(f'Episode {episode}\treward {scores[-1]:.2f}')
print('metric:', sum(scores[-20:]) / 20)
