"""Actor and critic with a common body: the policy's loss by hand, the critic's smooth L1, one step an episode."""

from collections import namedtuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
import torch.optim as optim
from fingerprint import fingerprint
from torch.distributions import Categorical

torch.manual_seed(543)
generator = np.random.default_rng(543)
SavedAction = namedtuple("SavedAction", ["log_prob", "value"])


class Balance:
    def reset(self):
        self.x = generator.uniform(-0.05, 0.05, 2)
        return self.x.astype(np.float32)

    def step(self, action):
        angle, speed = self.x
        speed = speed + 0.04 * angle + (0.05 if action else -0.05) * 0.5 + generator.normal(0, 0.003)
        self.x = np.array([angle + 0.3 * speed, speed])
        return self.x.astype(np.float32), 1.0, abs(self.x[0]) > 0.3


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(2, 64)
        self.action_head = nn.Linear(64, 2)
        self.value_head = nn.Linear(64, 1)
        self.saved_actions = []
        self.rewards = []

    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


model = Policy()
optimizer = optim.Adam(model.parameters(), lr=1e-2)
eps = np.finfo(np.float32).eps.item()


def select_action(state):
    state = torch.from_numpy(state) * 10
    probs, state_value = model(state)
    m = Categorical(probs)
    action = m.sample()
    model.saved_actions.append(SavedAction(m.log_prob(action), state_value))
    return action.item()


def finish_episode():
    R = 0
    policy_losses, value_losses, returns = [], [], []
    for r in model.rewards[::-1]:
        R = r + 0.95 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + eps)
    for (log_prob, value), R in zip(model.saved_actions, returns, strict=True):
        advantage = R - value.item()
        policy_losses.append(-log_prob * advantage)
        value_losses.append(F.smooth_l1_loss(value, torch.tensor([R])))
    optimizer.zero_grad()
    loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()
    loss.backward()
    optimizer.step()
    del model.rewards[:]
    del model.saved_actions[:]


env = Balance()
running_reward = 10
for i_episode in range(60):
    state = env.reset()
    ep_reward = 0
    for _ in range(1, 40):
        action = select_action(state)
        state, reward, done = env.step(action)
        model.rewards.append(reward)
        ep_reward += reward
        if done:
            break
    running_reward = 0.05 * ep_reward + (1 - 0.05) * running_reward
    finish_episode()
    if i_episode % 10 == 0:
        print(f"Episode {i_episode}\tLast reward: {ep_reward:.2f}\tAverage reward: {running_reward:.2f}")
fingerprint(model)
