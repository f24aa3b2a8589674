import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import namedtuple
from torch.distributions import Categorical

torch.manual_seed(210)
SavedAction = namedtuple('SavedAction', ['log_prob', 'value'])


class Balance:
    """keep x near 0 against drift; state (x, v)"""
    def reset(self):
        self.s, self.t = torch.randn(2) * 0.1, 0
        return self.s

    def step(self, a):
        f = 0.15 if a == 1 else -0.15
        v = self.s[1] * 0.9 + f + 0.05 * self.s[0]
        self.s = torch.stack([self.s[0] + v, v])
        self.t += 1
        done = abs(self.s[0].item()) > 1 or self.t >= 30
        return self.s, 1.0, done


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(2, 32)
        self.action_head = nn.Linear(32, 2)
        self.value_head = nn.Linear(32, 1)

    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


env, model = Balance(), Policy()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
lengths = []
for ep in range(120):
    s, done, saved, rewards = env.reset(), False, [], []
    while not done:
        probs, v = model(s)
        m = Categorical(probs)
        a = m.sample()
        saved.append(SavedAction(m.log_prob(a), v))
        s, r, done = env.step(a.item())
        rewards.append(r)
    R, rets = 0, []
    for r in rewards[::-1]:
        R = r + 0.95 * R
        rets.insert(0, R)
    rets = torch.tensor(rets) / 10
    ploss, vloss = [], []
    for (lp, v), R in zip(saved, rets):
        ploss.append(-lp * (R - v.item()))
        vloss.append(F.smooth_l1_loss(v, R.view(1)))
    optimizer.zero_grad()
    loss = torch.stack(ploss).sum() + torch.stack(vloss).sum()
    loss.backward()
    optimizer.step()
    lengths.append(len(rewards))
    if ep % 20 == 0:
        print(f'Episode {ep}\tlength {len(rewards)}')
print('metric:', sum(lengths[-20:]) / 20 / 30)
