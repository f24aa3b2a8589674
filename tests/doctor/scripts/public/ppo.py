"""Proximal policy optimisation in one file: orthogonal weights, clipped ratios, several passes over each rollout."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from fingerprint import fingerprint
from torch.distributions.categorical import Categorical

torch.manual_seed(1)
np.random.seed(1)  # noqa: NPY002 - as in most scripts
num_envs, num_steps, num_updates, update_epochs, minibatches = 8, 32, 10, 3, 4
gamma, gae_lambda, clip_coef, ent_coef, vf_coef, max_grad_norm, learning_rate = 0.97, 0.95, 0.2, 0.01, 0.5, 0.5, 2.5e-3


class Carts:
    """Many carts at once that have to stay in the middle."""

    def reset(self):
        self.x = torch.tensor(np.random.uniform(-0.3, 0.3, (num_envs, 2)), dtype=torch.float32)  # noqa: NPY002
        return self.x.clone()

    def step(self, action):
        speed = 0.9 * self.x[:, 1] + 0.1 * (2 * action.float() - 1)
        self.x = torch.stack([self.x[:, 0] + 0.3 * speed, speed], 1)
        done = self.x[:, 0].abs() > 1
        reward = 1 - self.x[:, 0].abs()
        fresh = torch.tensor(np.random.uniform(-0.3, 0.3, (num_envs, 2)), dtype=torch.float32)  # noqa: NPY002
        self.x = torch.where(done.unsqueeze(1), fresh, self.x)
        return self.x.clone(), reward, done.float()


def layer_init(layer, std=2**0.5, bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic = nn.Sequential(
            layer_init(nn.Linear(2, 32)), nn.Tanh(), layer_init(nn.Linear(32, 32)), nn.Tanh(),
            layer_init(nn.Linear(32, 1), std=1.0),
        )  # fmt: skip
        self.actor = nn.Sequential(
            layer_init(nn.Linear(2, 32)), nn.Tanh(), layer_init(nn.Linear(32, 32)), nn.Tanh(),
            layer_init(nn.Linear(32, 2), std=0.01),
        )  # fmt: skip

    def get_value(self, x):
        return self.critic(x)

    def get_action_and_value(self, x, action=None):
        probs = Categorical(logits=self.actor(x))
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


agent, envs = Agent(), Carts()
optimizer = optim.Adam(agent.parameters(), lr=learning_rate, eps=1e-5)
obs, actions = torch.zeros(num_steps, num_envs, 2), torch.zeros(num_steps, num_envs)
logprobs, rewards, dones, values = (torch.zeros(num_steps, num_envs) for _ in range(4))
next_obs, next_done = envs.reset(), torch.zeros(num_envs)
for update in range(1, num_updates + 1):
    optimizer.param_groups[0]["lr"] = (1.0 - (update - 1.0) / num_updates) * learning_rate
    for step in range(num_steps):
        obs[step], dones[step] = next_obs, next_done
        with torch.no_grad():
            action, logprob, _, value = agent.get_action_and_value(next_obs)
            values[step] = value.flatten()
        actions[step], logprobs[step] = action, logprob
        next_obs, rewards[step], next_done = envs.step(action)
    with torch.no_grad():
        next_value = agent.get_value(next_obs).reshape(1, -1)
        advantages, lastgaelam = torch.zeros_like(rewards), 0
        for t in reversed(range(num_steps)):
            nonterminal = 1.0 - (next_done if t == num_steps - 1 else dones[t + 1])
            nextvalues = next_value if t == num_steps - 1 else values[t + 1]
            delta = rewards[t] + gamma * nextvalues * nonterminal - values[t]
            advantages[t] = lastgaelam = delta + gamma * gae_lambda * nonterminal * lastgaelam
        returns = advantages + values
    b_obs, b_logprobs, b_actions = obs.reshape(-1, 2), logprobs.reshape(-1), actions.reshape(-1)
    b_advantages, b_returns, b_values = advantages.reshape(-1), returns.reshape(-1), values.reshape(-1)
    b_inds = np.arange(num_envs * num_steps)
    for _ in range(update_epochs):
        np.random.shuffle(b_inds)  # noqa: NPY002
        for mb_inds in np.array_split(b_inds, minibatches):
            _, newlogprob, entropy, newvalue = agent.get_action_and_value(b_obs[mb_inds], b_actions.long()[mb_inds])
            ratio = (newlogprob - b_logprobs[mb_inds]).exp()
            mb_advantages = b_advantages[mb_inds]
            mb_advantages = (mb_advantages - mb_advantages.mean()) / (mb_advantages.std() + 1e-8)
            pg_loss = torch.max(
                -mb_advantages * ratio, -mb_advantages * torch.clamp(ratio, 1 - clip_coef, 1 + clip_coef)
            ).mean()
            v_loss = 0.5 * ((newvalue.view(-1) - b_returns[mb_inds]) ** 2).mean()
            loss = pg_loss - ent_coef * entropy.mean() + v_loss * vf_coef
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), max_grad_norm)
            optimizer.step()
    print(f"update {update}: reward {rewards.mean().item():.3f}")
fingerprint(agent)
