# 24 past hours -> the next 3, split by time, scaled by the past only, clipped gradients
import numpy as np
import torch
from torch import nn

torch.manual_seed(16)
rng = np.random.default_rng(16)
hours = np.arange(2200)
level = 40 + 6 * np.sin(2 * np.pi * hours / 24) + 3 * np.sin(2 * np.pi * hours / 7.3 + 1) + 0.6 * rng.standard_normal(2200)
cut = 1700
mu, sd = level[:cut].mean(), level[:cut].std()
series = torch.tensor((level - mu) / sd, dtype=torch.float32)


def windows(part):
    w = part.unfold(0, 27, 1)
    return w[:, :24, None], w[:, 24:]


x, y = windows(series[:cut])
xt, yt = windows(series[cut:])


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 24, batch_first=True)
        self.out = nn.Linear(24, 3)

    def forward(self, x):
        h, _ = self.lstm(x)
        return self.out(h[:, -1])


net = Forecast()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 14)
for epoch in range(14):
    for k in torch.randperm(len(x)).split(64):
        loss = nn.functional.mse_loss(net(x[k]), y[k])
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
    sched.step()
    if epoch % 4 == 1:
        print(epoch, loss.item())
with torch.no_grad():
    print("metric:", 1 - ((net(xt) - yt) ** 2).mean().item() / yt.var().item())
