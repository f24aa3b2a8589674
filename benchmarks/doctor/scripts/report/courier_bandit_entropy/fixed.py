"""Which of six couriers gets a parcel: policy gradient on logged-in-the-loop rewards (contextual bandit)."""

import argparse

import torch
from torch import nn
from torch.distributions import Categorical

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=400)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--lr", type=float, default=5e-3)
parser.add_argument("--entropy", type=float, default=0.005)
parser.add_argument("--seed", type=int, default=6)
args = parser.parse_args([])

torch.manual_seed(args.seed)
COURIERS, FEATURES = 6, 10
district = torch.randn(FEATURES, COURIERS) * 1.5


def chance(parcels):
    """Chance that each courier delivers each parcel today."""
    return torch.sigmoid(2.0 * parcels @ district / FEATURES**0.5 - 1.0)


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(FEATURES, 64), nn.Tanh())
        self.logits = nn.Linear(64, COURIERS)
        self.value = nn.Linear(64, 1)

    def forward(self, x):
        h = self.net(x)
        return Categorical(logits=self.logits(h)), self.value(h).squeeze(-1)


policy = Policy()
optimizer = torch.optim.Adam(policy.parameters(), lr=args.lr)
test_parcels = torch.randn(2000, FEATURES)


@torch.no_grad()
def delivered():
    dist, _ = policy(test_parcels)
    return (dist.probs * chance(test_parcels)).sum(1).mean().item()


with torch.no_grad():
    best = chance(test_parcels).max(1).values.mean().item()
    anyone = chance(test_parcels).mean().item()
print(f"best possible {best:.3f}, any courier {anyone:.3f}")

for step in range(args.steps):
    parcels = torch.randn(args.batch, FEATURES)
    dist, value = policy(parcels)
    action = dist.sample()
    reward = torch.bernoulli(chance(parcels).gather(1, action.unsqueeze(1)).squeeze(1))
    advantage = reward - value.detach()
    actor = -(advantage * dist.log_prob(action)).mean()
    critic = (reward - value).pow(2).mean()
    loss = actor + 0.5 * critic - args.entropy * dist.entropy().mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
    optimizer.step()
    if (step + 1) % 50 == 0:
        spread = dist.entropy().mean().item()
        print(f"{step + 1:4d} reward {reward.mean().item():.3f} entropy {spread:.3f} delivered {delivered():.3f}")

print(f"metric: {delivered():.4f}")
