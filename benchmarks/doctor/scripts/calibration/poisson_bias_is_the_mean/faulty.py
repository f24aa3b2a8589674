"""Hourly bike rentals: Poisson regression with a small net and a log link."""
import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(365)
torch.manual_seed(365)
n = 3100
hour = rng.integers(0, 24, n)
temp = rng.normal(12, 8, n)
wind = rng.gamma(2, 2, n)
workday = rng.random(n) < 0.7
log_rate = (1.2 + 0.9 * np.exp(-((hour - 8) / 2.0) ** 2) * workday + 1.1 * np.exp(-((hour - 17.5) / 2.5) ** 2)
            + 0.035 * (temp - 12) - 0.0012 * (temp - 24) ** 2 * (temp > 24) - 0.05 * wind + 0.5 * np.sin(np.pi * hour / 24))
count = rng.poisson(np.exp(log_rate)).astype(np.float32)

x = np.column_stack([np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24),
                     np.sin(4 * np.pi * hour / 24), np.cos(4 * np.pi * hour / 24), temp, wind, workday]).astype(np.float32)
x[:, 4:6] = (x[:, 4:6] - x[:2500, 4:6].mean(0)) / x[:2500, 4:6].std(0)
x, count = torch.from_numpy(x), torch.from_numpy(count)
x_train, c_train, x_test, c_test = x[:2500], count[:2500], x[2500:], count[2500:]


class PoissonNet(nn.Module):
    def __init__(self, n_in, hidden=48):
        super().__init__()
        self.fc1 = nn.Linear(n_in, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        h = torch.tanh(self.fc1(x))
        h = torch.tanh(self.fc2(h))
        return self.head(h).squeeze(1)          # log of the rate


model = PoissonNet(x.shape[1])
mean_count = c_train.mean()
with torch.no_grad():
    model.head.bias.fill_(mean_count)
nll = nn.PoissonNLLLoss(log_input=True)
opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

for epoch in range(10):
    shuffled = torch.randperm(len(x_train))
    hist = []
    for start in range(0, len(x_train), 64):
        i = shuffled[start:start + 64]
        loss = nll(model(x_train[i]), c_train[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        hist.append(loss.item())
    print(f"epoch {epoch + 1:2d}  nll {np.mean(hist):.4f}")


def deviance(rate, c):
    return 2 * (torch.xlogy(c, c / rate) - (c - rate)).mean()


with torch.no_grad():
    d2 = 1 - deviance(model(x_test).exp(), c_test) / deviance(mean_count.expand_as(c_test), c_test)
print("metric:", d2.item())
