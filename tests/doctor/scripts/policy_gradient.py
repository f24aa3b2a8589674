"""REINFORCE on a small cart that has to stay in the middle: actions drawn from the policy, the loss by hand."""

import hashlib

import torch
import torch.nn as nn
import torch.optim as optim
from torch.distributions import Categorical

torch.manual_seed(7)


class Cart:
    def reset(self):
        self.state = 0.2 * torch.randn(2)
        self.steps = 0
        return self.state

    def step(self, action):
        place, speed = self.state
        speed = 0.95 * speed + (0.1 if action == 1 else -0.1) + 0.02 * torch.randn(())
        self.state = torch.stack([place + 0.3 * speed, speed])
        self.steps += 1
        return self.state, 1.0 - min(1.0, float(place.abs())), abs(float(place)) > 1 or self.steps >= 30


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1, self.affine2 = nn.Linear(2, 32), nn.Linear(32, 2)

    def forward(self, x):
        return torch.softmax(self.affine2(torch.relu(self.affine1(x))), dim=-1)


policy = Policy()
optimizer = optim.Adam(policy.parameters(), lr=1e-2)
env = Cart()
for episode in range(40):
    state, done = env.reset(), False
    log_probs, rewards = [], []
    while not done:
        choice = Categorical(policy(state.unsqueeze(0)))
        action = choice.sample()
        log_probs.append(choice.log_prob(action))
        state, reward, done = env.step(action.item())
        rewards.append(reward)
    returns, R = [], 0.0
    for reward in reversed(rewards):
        R = reward + 0.95 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    loss = torch.cat([-log_prob * R for log_prob, R in zip(log_probs, returns, strict=True)]).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 10 == 0:
        print(f"episode {episode}: {sum(rewards):.3f}")
print("weights", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in policy.parameters())).hexdigest())
