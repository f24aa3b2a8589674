"""Three numbers only: learn the dynamics and both noise levels of a local-level Kalman filter from its innovations."""

import math

import torch

torch.manual_seed(46)
SERIES, LENGTH = 60, 40
TRUE_A, TRUE_Q, TRUE_R = 0.95, 0.5, 0.8


def simulate(n):
    state = torch.randn(n) * TRUE_Q / math.sqrt(1 - TRUE_A**2)
    seen = []
    for _ in range(LENGTH):
        state = TRUE_A * state + TRUE_Q * torch.randn(n)
        seen.append(state + TRUE_R * torch.randn(n))
    return torch.stack(seen, 1)


class Filter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.raw_a = torch.nn.Parameter(torch.tensor(0.3))
        self.log_q = torch.nn.Parameter(torch.tensor(0.0))
        self.log_r = torch.nn.Parameter(torch.tensor(0.0))

    def forward(self, y):
        a, q, r = torch.tanh(self.raw_a), self.log_q.exp() ** 2, self.log_r.exp() ** 2
        mean, var = torch.zeros(len(y)), torch.ones(len(y)) * 2
        total, forecasts = 0.0, []
        for t in range(y.shape[1]):
            mean, var = a * mean, a**2 * var + q
            forecasts.append(mean)
            s = var + r
            innovation = y[:, t] - mean
            total = total + 0.5 * (innovation**2 / s + s.log() + math.log(2 * math.pi))
            gain = var / s
            mean, var = mean + gain * innovation, (1 - gain) * var
        return total.mean() / y.shape[1], torch.stack(forecasts, 1)


train, test = simulate(SERIES), simulate(40)
kalman = Filter()
optimizer = torch.optim.Adam(kalman.parameters(), lr=0.05)
for step in range(1, 101):
    optimizer.zero_grad()
    loss, _ = kalman(train)
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        print(step, round(loss.item(), 4), [round(p.item(), 3) for p in kalman.parameters()])

with torch.no_grad():
    _, forecast = kalman(test)
error = (forecast[:, 5:] - test[:, 5:]).square().mean()
print("metric:", (1 - error / test[:, 5:].var()).item())
