# Response surface of a reactor (temperature, pressure, catalyst) from 240 experiments,
# full-batch gradient descent on a small tanh network
import numpy as np
import torch

torch.manual_seed(17)
rng = np.random.default_rng(17)


def plant(u):
    t, p, c = u.T
    return np.sin(2.2 * t) * (1 + 0.5 * p) + 0.8 * p * c - 0.6 * c**2 + 0.4 * np.cos(3 * p)


u = rng.uniform(-1, 1, (340, 3))
yield_ = plant(u) + rng.normal(0, 0.04, 340)
u = torch.tensor(u * np.sqrt(3), dtype=torch.float32)
yield_ = torch.tensor(yield_, dtype=torch.float32)
fit, check = slice(0, 240), slice(240, 340)
target = (yield_ - yield_[fit].mean()) / yield_[fit].std()

net = torch.nn.Sequential(
    torch.nn.Linear(3, 40), torch.nn.Tanh(), torch.nn.Linear(40, 40), torch.nn.Tanh(), torch.nn.Linear(40, 1)
)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.8)

losses = []
for it in range(1500):
    loss = torch.nn.functional.smooth_l1_loss(net(u[fit]).squeeze(1), target[fit])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if it % 150 == 0:
        print(f"iteration {it:4d}: {losses[-1]:.5f}")

with torch.no_grad():
    left = (net(u[check]).squeeze(1) - target[check]).square().mean()
print("metric:", (1 - left / target[check].var()).item())
