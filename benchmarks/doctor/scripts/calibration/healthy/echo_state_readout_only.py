"""Reservoir computing: a fixed random recurrent net, only the linear read-out is trained (one-step forecast)."""
import numpy as np
import torch

torch.manual_seed(1)
rng = np.random.default_rng(1)


def mackey_glass(n, tau=17):
    x = [1.2] * (tau + 1)
    for _ in range(n + 300):
        x.append(x[-1] + 0.2 * x[-1 - tau] / (1 + x[-1 - tau] ** 10) - 0.1 * x[-1])
    return np.array(x[-n:])


series = mackey_glass(3000)
series = (series - series[:2200].mean()) / series[:2200].std()
series = torch.tensor(series, dtype=torch.float32)
HORIZON = 12

N = 200
W = rng.normal(size=(N, N)) * (rng.random((N, N)) < 0.1)
W = torch.tensor(0.9 * W / np.abs(np.linalg.eigvals(W)).max(), dtype=torch.float32)
w_in = torch.rand(N) - 0.5
bias = 0.2 * torch.randn(N)

states = torch.zeros(len(series), N)
h = torch.zeros(N)
for t, u in enumerate(series):
    h = 0.6 * h + 0.4 * torch.tanh(W @ h + w_in * u + bias)
    states[t] = h

wash, cut = 100, 2200
feats = states[wash:-HORIZON]
feats = (feats - feats[:cut - wash].mean(0)) / feats[:cut - wash].std(0)
target = series[wash + HORIZON:]
# leave a gap so that no training target lies in the test stretch
f_tr, t_tr = feats[:cut - wash - HORIZON], target[:cut - wash - HORIZON]
f_te, t_te = feats[cut - wash:], target[cut - wash:]

readout = torch.nn.Linear(N, 1)
opt = torch.optim.Adam(readout.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.ExponentialLR(opt, 0.9)
for epoch in range(25):
    perm = torch.randperm(len(f_tr))
    for i in range(0, len(perm), 32):
        j = perm[i:i + 32]
        loss = (readout(f_tr[j]).squeeze(1) - t_tr[j]).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
    if epoch % 5 == 0:
        print(f'{epoch:2d} {loss.item():.5f}')
with torch.no_grad():
    err = (readout(f_te).squeeze(1) - t_te).square().sum() / (t_te - t_tr.mean()).square().sum()
print('metric:', 1 - err.item())
