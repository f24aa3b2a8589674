from dataclasses import dataclass

import numpy as np
import torch
from sklearn.datasets import make_friedman1
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ACTIVATIONS = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "softplus": nn.Softplus,
    "softmax": lambda: nn.Softmax(dim=-1),
}


@dataclass
class Settings:
    hidden: int = 64
    activation: str = "softplus"
    lr: float = 8e-3
    batch: int = 64
    epochs: int = 26
    weight_decay: float = 1e-4
    seed: int = 0


class Surrogate(nn.Module):
    """Smooth surrogate of a simulator, ten knobs in, one response out."""

    def __init__(self, n_in, cfg):
        super().__init__()
        act = ACTIVATIONS[cfg.activation]
        self.fc1 = nn.Linear(n_in, cfg.hidden)
        self.act1 = act()
        self.fc2 = nn.Linear(cfg.hidden, cfg.hidden)
        self.act2 = act()
        self.fc3 = nn.Linear(cfg.hidden, cfg.hidden)
        self.act3 = act()
        self.out = nn.Linear(cfg.hidden, 1)

    def forward(self, x):
        x = self.act1(self.fc1(x))
        x = self.act2(self.fc2(x))
        x = self.act3(self.fc3(x))
        return self.out(x).squeeze(-1)


def load(cfg):
    x, y = make_friedman1(1600, n_features=10, noise=0.5, random_state=cfg.seed)
    x = (x.astype(np.float32) - 0.5) * np.float32(np.sqrt(12))
    train, test = slice(0, 1200), slice(1200, None)
    mu, sd = y[train].mean(), y[train].std()
    y = ((y - mu) / sd).astype(np.float32)
    tensors = [torch.from_numpy(a[s]) for s in (train, test) for a in (x, y)]
    return TensorDataset(*tensors[:2]), tensors[2], tensors[3]


def r2(model, x, y):
    model.eval()
    with torch.no_grad():
        pred = model(x)
    return (1 - (y - pred).pow(2).mean() / y.var(unbiased=False)).item()


def main(cfg):
    torch.manual_seed(cfg.seed)
    train, xt, yt = load(cfg)
    loader = DataLoader(train, batch_size=cfg.batch, shuffle=True)
    model = Surrogate(xt.shape[1], cfg)
    opt = torch.optim.AdamW(model.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=cfg.epochs)
    mse = nn.MSELoss()
    for epoch in range(cfg.epochs):
        model.train()
        run = 0.0
        for xb, yb in loader:
            opt.zero_grad()
            loss = mse(model(xb), yb)
            loss.backward()
            opt.step()
            run += loss.item()
        sched.step()
        if epoch % 5 == 0 or epoch == cfg.epochs - 1:
            print(f"{epoch:3d} mse {run / len(loader):.4f}  r2 {r2(model, xt, yt):.4f}")
    return r2(model, xt, yt)


if __name__ == "__main__":
    print("metric:", main(Settings()))
