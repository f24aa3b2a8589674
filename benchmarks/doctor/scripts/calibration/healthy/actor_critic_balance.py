"""Advantage actor-critic (n-step, 32 environments side by side) on a noisy double integrator pushed left/none/right."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(15)
N, ROLL, GAMMA = 32, 10, 0.95


class Envs:
    def __init__(self, n):
        self.state = torch.randn(n, 2)

    def step(self, action):
        pos, vel = self.state.unbind(1)
        vel = 0.95 * vel + 0.3 * (action.float() - 1) + 0.03 * torch.randn(len(vel))
        pos = pos + 0.2 * vel
        reward = -pos.abs().clamp(max=3.0) - 0.05 * vel.abs()
        self.state = torch.stack([pos, vel], 1)
        out = (pos.abs() > 3) | (torch.rand(len(pos)) < 0.03)          # new start now and then
        fresh = torch.randn(len(pos), 2)
        self.state = torch.where(out[:, None], fresh, self.state)
        return self.state, reward, out.float()


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 3))
        self.critic = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))

    def forward(self, s):
        return Categorical(logits=self.actor(s)), self.critic(s).squeeze(-1)


def mean_reward(policy, steps=60, n=200, seed=4):
    keep = torch.get_rng_state()
    torch.manual_seed(seed)
    env, total = Envs(n), 0.0
    with torch.no_grad():
        for _ in range(steps):
            _, r, _ = env.step(policy(env.state))
            total += r.mean().item()
    torch.set_rng_state(keep)
    return total / steps


net = ActorCritic()
opt = torch.optim.Adam([{"params": net.actor.parameters(), "lr": 4e-3}, {"params": net.critic.parameters(), "lr": 8e-3}])
env = Envs(N)
lazy = mean_reward(lambda s: torch.ones(len(s), dtype=torch.long))
for update in range(200):
    logs, values, rewards, ends, entropy = [], [], [], [], 0.0
    for _ in range(ROLL):
        dist, value = net(env.state)
        action = dist.sample()
        logs.append(dist.log_prob(action))
        values.append(value)
        entropy = entropy + dist.entropy().mean() / ROLL
        _, r, d = env.step(action)
        rewards.append(r)
        ends.append(d)
    with torch.no_grad():
        ret = net(env.state)[1]
    targets = []
    for r, d in zip(reversed(rewards), reversed(ends)):
        ret = r + GAMMA * (1 - d) * ret
        targets.insert(0, ret)
    target, value, logp = torch.stack(targets), torch.stack(values), torch.stack(logs)
    adv = (target - value).detach()
    adv = (adv - adv.mean()) / (adv.std() + 1e-6)
    loss = -(adv * logp).mean() + 0.25 * (target - value).pow(2).mean() - 0.005 * entropy
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    if update % 40 == 39:
        print(f"update {update + 1}: reward {torch.stack(rewards).mean().item():.3f}, loss {loss.item():.3f}, entropy {entropy.item():.2f}")
learned = mean_reward(lambda s: net.actor(s).argmax(1))
expert = mean_reward(lambda s: 1 - torch.sign(torch.where((s[:, 0] + 0.8 * s[:, 1]).abs() < 0.1, torch.zeros(len(s)), s[:, 0] + 0.8 * s[:, 1])).long())
print(f"doing nothing {lazy:.3f}, hand-tuned controller {expert:.3f}, learned {learned:.3f}")
print("metric:", (learned - lazy) / -lazy)
