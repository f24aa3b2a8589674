# Contextual bandit: 5 adverts, only the click of the shown one is seen. Policy gradient with a running baseline.
import torch
import torch.nn as nn

torch.manual_seed(29)
ARMS, D = 5, 8
true_w = torch.randn(D, ARMS) * 0.9
true_b = torch.tensor([0.3, 0.0, -0.2, 0.1, 0.0])


def click_probability(ctx):
    return torch.sigmoid(1.5 * (ctx @ true_w + true_b) - 1.0)


policy = nn.Sequential(nn.Linear(D, 32), nn.ReLU(), nn.Linear(32, ARMS))
optimizer = torch.optim.Adam(policy.parameters(), lr=5e-3)
baseline, clicks = 0.3, []
for round_ in range(700):
    ctx = torch.randn(64, D)
    dist = torch.distributions.Categorical(logits=policy(ctx))
    shown = dist.sample()
    reward = torch.bernoulli(click_probability(ctx).gather(1, shown[:, None]).squeeze(1))
    loss = -((reward - baseline) * dist.log_prob(shown)).mean() - 0.01 * dist.entropy().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    baseline = 0.95 * baseline + 0.05 * reward.mean().item()
    clicks.append(reward.mean().item())
    if round_ % 100 == 99:
        print(f"round {round_ + 1}: click rate {sum(clicks[-100:]) / 100:.3f}")

with torch.no_grad():
    ctx = torch.randn(2000, D)
    p = click_probability(ctx)
    got = p.gather(1, policy(ctx).argmax(1, keepdim=True)).mean().item()
    best, blind = p.max(1).values.mean().item(), p.mean().item()
print(f"best {best:.3f}, greedy policy {got:.3f}, at random {blind:.3f}")
print("metric:", (got - blind) / (best - blind))
