"""REINFORCE with a learnt baseline: 32 rooms at once, heater on or off, keep 20 degrees at an hourly cost."""
import torch
from torch import nn
from torch.distributions import Bernoulli

torch.manual_seed(110)
ROOMS, HOURS, GAMMA = 48, 16, 0.9


def reset(n):
    return torch.stack([torch.randn(n), 0.5 * torch.randn(n) - 1.0], 1)   # (room, outside) as (T - 20) / 5


def advance(state, on):
    room, outside = state.unbind(1)
    room = room + 0.18 * (outside - room) + 0.55 * on + 0.05 * torch.randn_like(room)
    outside = (outside + 0.08 * torch.randn_like(room)).clamp(-2.2, 0.2)
    reward = -room.abs() - 0.02 * on
    return torch.stack([room, outside], 1), reward


policy = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 1))
value = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 1))
pi_opt = torch.optim.Adam(policy.parameters(), lr=6e-3)
v_opt = torch.optim.Adam(value.parameters(), lr=1e-2)


def average_cost(choose, n=400):
    torch.manual_seed(999)
    state, cost = reset(n), 0.0
    for _ in range(HOURS):
        state, reward = advance(state, choose(state))
        cost -= reward.mean().item() / HOURS
    return cost


for update in range(130):
    state = reset(ROOMS)
    states, logps, rewards, entropies = [], [], [], []
    for _ in range(HOURS):
        dist = Bernoulli(logits=policy(state).squeeze(1))
        on = dist.sample()
        states.append(state)
        logps.append(dist.log_prob(on))
        entropies.append(dist.entropy())
        state, reward = advance(state, on)
        rewards.append(reward)
    returns, g = [], torch.zeros(ROOMS)
    for reward in reversed(rewards):
        g = reward + GAMMA * g
        returns.insert(0, g)
    returns = torch.stack(returns)
    baseline = value(torch.stack(states)).squeeze(-1)
    advantage = (returns - baseline).detach()
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-6)
    pi_loss = -(torch.stack(logps) * advantage).mean() - 0.003 * torch.stack(entropies).mean()
    v_loss = (baseline - returns).square().mean()
    pi_opt.zero_grad()
    pi_loss.backward()
    pi_opt.step()
    v_opt.zero_grad()
    v_loss.backward()
    v_opt.step()
    if update % 26 == 25:
        print(f"update {update + 1}: return {returns[0].mean().item():.3f} value loss {v_loss.item():.3f}")

with torch.no_grad():
    learnt = average_cost(lambda s: (policy(s).squeeze(1) > 0).float())
coin = average_cost(lambda s: (torch.rand(len(s)) < 0.5).float())
print(f"cost {learnt:.3f}, coin {coin:.3f}")
print("metric:", 1 - learnt / coin)
