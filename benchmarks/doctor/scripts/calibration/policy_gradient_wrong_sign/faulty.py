import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(118)


class ContextualBandit:
    def __init__(self):
        self.w = torch.randn(4, 6)

    def observe(self, n):
        return torch.randn(n, 6)

    def reward(self, s, a):
        best = (s @ self.w.t()).argmax(1)
        return (a == best).float()


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(6, 48)
        self.affine2 = nn.Linear(48, 4)

    def forward(self, s):
        return torch.softmax(self.affine2(torch.relu(self.affine1(s))), dim=1)


env = ContextualBandit()
policy = Policy()
optimizer = optim.Adam(policy.parameters(), lr=1e-2)
baseline = 0.25
recent = []
for i in range(400):
    state = env.observe(32)
    m = torch.distributions.Categorical(policy(state))
    action = m.sample()
    r = env.reward(state, action)
    loss = (m.log_prob(action) * (r - baseline)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    baseline = 0.95 * baseline + 0.05 * r.mean().item()
    recent.append(r.mean().item())
    if i % 100 == 0:
        print('Iteration {}\tAverage reward: {:.2f}'.format(i, sum(recent[-20:]) / len(recent[-20:])))
print('metric:', sum(recent[-100:]) / 100)
