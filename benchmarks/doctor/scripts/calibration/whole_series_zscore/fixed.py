# GRU on daily sales with a slow trend -- chronological split, last 20 % is the test
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(10)
r = np.random.default_rng(10)
days = 1500
trend = 40 + 12 * np.sin(np.arange(days) / 260)
weekly = np.tile([0, 1, 2, 2, 4, 9, 6], days // 7 + 1)[:days]
promo = (r.random(days) < 0.1) * 7.0
walk = trend + weekly + promo + r.normal(0, 1.0, days)

split = int(days * 0.8)
reference = walk[:split]
mu, sigma = reference.mean(), reference.std()
z = (walk - mu) / sigma
promo_flag = (promo > 0).astype(float)

WINDOW = 14
dow = np.eye(7)[np.arange(days) % 7]
inputs, targets = [], []
for t in range(WINDOW, days):
    past = z[t - WINDOW:t, None]
    today = np.column_stack([dow[t - WINDOW + 1:t + 1], promo_flag[t - WINDOW + 1:t + 1]])
    inputs.append(np.concatenate([past, today], axis=1))
    targets.append(z[t])
inputs = torch.tensor(np.array(inputs), dtype=torch.float32)
targets = torch.tensor(np.array(targets), dtype=torch.float32)
n_tr = split - WINDOW
x_train, y_train, x_test, y_test = inputs[:n_tr], targets[:n_tr], inputs[n_tr:], targets[n_tr:]


class Net(nn.Module):
    def __init__(self, n_in=9, hid=24):
        super().__init__()
        self.gru = nn.GRU(n_in, hid, batch_first=True)
        self.fc = nn.Linear(hid, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out[:, -1]).squeeze(-1)


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
sched = torch.optim.lr_scheduler.StepLR(opt, step_size=6, gamma=0.4)
for epoch in range(16):
    order = torch.randperm(n_tr)
    s = 0
    for i in range(0, n_tr, 60):
        j = order[i:i + 60]
        loss = nn.functional.mse_loss(net(x_train[j]), y_train[j])
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        s += loss.item() * len(j)
    sched.step()
    print("epoch", epoch, "mse", round(s / n_tr, 4))

net.eval()
with torch.no_grad():
    mse = nn.functional.mse_loss(net(x_test), y_test)
print("metric:", (1 - mse / y_test.var(unbiased=False)).item())
