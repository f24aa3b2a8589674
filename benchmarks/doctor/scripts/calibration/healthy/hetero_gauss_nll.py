"""Mean and variance of y given x, Gaussian negative log-likelihood (goes below zero, as it should)."""
from dataclasses import dataclass
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


@dataclass
class Config:
    rows: int = 2500
    width: int = 50
    lr: float = 4e-3
    epochs: int = 22
    batch: int = 50
    clip: float = 1.0
    seed: int = 13


class MeanVar(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.mean = nn.Linear(width, 1)
        self.logvar = nn.Linear(width, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.mean(h), self.logvar(h).clamp(-9, 4)


def run(cfg):
    torch.manual_seed(cfg.seed)
    x = torch.rand(cfg.rows, 1) * 6 - 3
    sd = 0.05 + 0.15 * torch.sigmoid(3 * x)
    y = torch.sin(1.5 * x) * torch.exp(-0.1 * x ** 2) + sd * torch.randn_like(x)
    train, test = random_split(TensorDataset(x, y, sd), [2000, 500], torch.Generator().manual_seed(1))
    loader = DataLoader(train, batch_size=cfg.batch, shuffle=True)
    model = MeanVar(cfg.width)
    opt = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    sched = torch.optim.lr_scheduler.LinearLR(opt, 1.0, 0.05, total_iters=cfg.epochs)
    nll = nn.GaussianNLLLoss()
    for epoch in range(cfg.epochs):
        tot = 0.0
        for xb, yb, _ in loader:
            m, lv = model(xb)
            loss = nll(m, yb, lv.exp())
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), cfg.clip)
            opt.step()
            tot += loss.item()
        sched.step()
        if epoch % 4 == 0:
            print(f"{epoch:3d} nll {tot / len(loader):+.4f} lr {sched.get_last_lr()[0]:.5f}")
    xt, yt, st = (torch.stack(c) for c in zip(*test))
    with torch.no_grad():
        m, lv = model(xt)
        print("correlation of predicted and true sd:", torch.corrcoef(torch.stack([(0.5 * lv).exp().flatten(), st.flatten()]))[0, 1].item())
        return 1 - ((m - yt) ** 2).sum().item() / ((yt - yt.mean()) ** 2).sum().item()


print("metric:", run(Config()))
