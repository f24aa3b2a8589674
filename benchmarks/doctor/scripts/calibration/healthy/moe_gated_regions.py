import torch
from torch import nn
import torch.nn.functional as F


class MixtureOfExperts(nn.Module):
    """Soft gating over small experts held in a ModuleList, with a balance term."""

    def __init__(self, d_in, d_out, experts=4, hidden=24):
        super().__init__()
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(d_in, hidden), nn.ReLU(), nn.Linear(hidden, d_out)) for _ in range(experts))
        self.gate = nn.Sequential(nn.Linear(d_in, 16), nn.Tanh(), nn.Linear(16, experts))

    def forward(self, x):
        w = F.softmax(self.gate(x), dim=-1)
        y = torch.stack([e(x) for e in self.experts], dim=1)
        balance = (w.mean(0) * w.shape[1]).pow(2).mean()
        return (w.unsqueeze(-1) * y).sum(1), balance, w


def piecewise(n, gen):
    x = torch.rand(n, 3, generator=gen) * 2 - 1
    quadrant = (x[:, 0] > 0).long() * 2 + (x[:, 1] > 0).long()
    funcs = torch.stack([2 * x[:, 2], -1 + x[:, 0] * 3, torch.sin(4 * x[:, 2]), 1 - 2 * x[:, 1] ** 2], 1)
    y = funcs.gather(1, quadrant[:, None]) + 0.1 * torch.randn(n, 1, generator=gen)
    return x, y


if __name__ == "__main__":
    torch.manual_seed(19)
    gen = torch.Generator().manual_seed(19)
    x, y = piecewise(2000, gen)
    xt, yt = piecewise(800, gen)
    mean, std = y.mean(), y.std()
    moe = MixtureOfExperts(3, 1)
    optim = torch.optim.Adam(moe.parameters(), lr=1e-2)
    sched = torch.optim.lr_scheduler.ExponentialLR(optim, 0.94)
    for epoch in range(35):
        moe.train()
        for rows in torch.randperm(len(x)).split(100):
            pred, balance, _ = moe(x[rows])
            loss = F.mse_loss(pred, (y[rows] - mean) / std) + 0.01 * balance
            optim.zero_grad()
            loss.backward()
            optim.step()
        sched.step()
        if epoch % 7 == 6:
            print(f"epoch {epoch + 1}: loss {loss.item():.4f}")
    moe.eval()
    with torch.no_grad():
        pred, _, w = moe(xt)
        print("use of the experts:", [round(v, 2) for v in w.mean(0).tolist()])
        print("metric:", (1 - F.mse_loss(pred * std + mean, yt) / yt.var()).item())
