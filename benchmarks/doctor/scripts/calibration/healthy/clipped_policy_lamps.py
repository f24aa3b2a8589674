"""PPO-like: one of four lamps is to be switched on; the reward is noisy and depends on the picture of the room.

The surrogate loss hovers about nought by design: look at the reward.
"""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(22)
taste = torch.randn(6, 4)


def rewards(room, lamp):
    best = (room @ taste).argmax(1)
    return (lamp == best).float() + 0.2 * torch.randn(len(lamp))


policy = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 4))
value = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam([*policy.parameters(), *value.parameters()], lr=3e-3)
for iteration in range(60):
    room = torch.randn(256, 6)
    with torch.no_grad():
        old = Categorical(logits=policy(room))
        lamp = old.sample()
        reward = rewards(room, lamp)
        advantage = reward - value(room).squeeze(1)
        advantage = (advantage - advantage.mean()) / advantage.std()
        before = old.log_prob(lamp)
    for rows in [r for _ in range(3) for r in torch.randperm(256).split(64)]:
        now = Categorical(logits=policy(room[rows]))
        ratio = (now.log_prob(lamp[rows]) - before[rows]).exp()
        gain = torch.min(ratio * advantage[rows], ratio.clamp(0.8, 1.2) * advantage[rows]).mean()
        value_loss = (value(room[rows]).squeeze(1) - reward[rows]).square().mean()
        loss = -gain + 0.5 * value_loss - 0.005 * now.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*policy.parameters(), *value.parameters()], 0.5)
        optimizer.step()
    if iteration % 10 == 9:
        print(iteration + 1, "mean reward", round(reward.mean().item(), 3))
room = torch.randn(2000, 6)
with torch.no_grad():
    print("metric:", (policy(room).argmax(1) == (room @ taste).argmax(1)).float().mean().item())
