"""Forecasting trainer: GRU over 3 signals, learning rate reduced when validation stalls."""
import math
import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

torch.manual_seed(44)


def simulate(n=1500):
    t = torch.arange(n, dtype=torch.float32)
    a = torch.sin(2 * math.pi * t / 30) + 0.15 * torch.randn(n)
    b = torch.sin(2 * math.pi * t / 47) + 0.15 * torch.randn(n)
    y = torch.roll(a, 3) * torch.roll(b, 2) + 0.5 * torch.roll(a, 1)
    return torch.stack([a, b, y], 1)[8:]


series = simulate()
cut = 1150
norm = (series[:cut].mean(0), series[:cut].std(0))
series = (series - norm[0]) / norm[1]
W = 12
make = lambda s: (s.unfold(0, W, 1)[:-1].transpose(1, 2), s[W:, 2])
(xt, yt), (xv, yv) = make(series[:cut]), make(series[cut:])


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 32, batch_first=True)
        self.head = nn.Linear(32, 1)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1]).squeeze(1)


net = Forecaster()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
sched = ReduceLROnPlateau(opt, mode='min', factor=0.3, patience=1)
for epoch in range(14):
    net.train()
    for b in torch.randperm(len(xt)).split(50):
        loss = nn.functional.mse_loss(net(xt[b]), yt[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        val = nn.functional.mse_loss(net(xv), yv).item()
    sched.step(val)
    print(f"{epoch:2d} val mse {val:.4f} lr {opt.param_groups[0]['lr']:.2e}")
print("metric:", 1 - val / yv.var().item())
