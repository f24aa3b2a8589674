from dataclasses import dataclass

import torch
import torch.nn as nn


@dataclass
class OptimConfig:
    lr: float = 4e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8


@dataclass
class TrainConfig:
    optim: OptimConfig
    steps: int = 400
    batch_size: int = 32
    hidden: int = 24


class RainfallGRU(nn.Module):
    """Runoff at the end of a 12-day rainfall record."""

    def __init__(self, hidden):
        super().__init__()
        self.gru = nn.GRU(2, hidden, batch_first=True)
        self.runoff = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x):
        _, h = self.gru(x)
        return self.runoff(h[-1]).squeeze(-1)


def records(n, generator):
    rain = torch.randn(n, 12, generator=generator)
    warm = torch.randn(n, 12, generator=generator)
    memory = torch.tensor([0.75 ** (11 - d) for d in range(12)])
    store = ((rain + 0.5 * rain * warm) * memory).sum(1)
    return torch.stack([rain, warm], -1), store + 0.1 * torch.randn(n, generator=generator)


def make_optimizer(model, cfg):
    return torch.optim.Adam(model.parameters(), lr=cfg.lr, betas=(cfg.beta1, cfg.beta2), eps=cfg.eps)


def main():
    cfg = TrainConfig(OptimConfig())
    torch.manual_seed(3)
    g = torch.Generator().manual_seed(3)
    x, y = records(2000, g)
    xt, yt = records(500, g)
    mean, std = y.mean(), y.std()
    y, yt = (y - mean) / std, (yt - mean) / std
    model = RainfallGRU(cfg.hidden)
    optimizer = make_optimizer(model, cfg.optim)
    loss_fn = nn.MSELoss()
    model.train()
    step, log = 0, []
    while step < cfg.steps:
        order = torch.randperm(len(x))
        for rows in order[:len(x) // cfg.batch_size * cfg.batch_size].view(-1, cfg.batch_size):
            optimizer.zero_grad()
            loss = loss_fn(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            log.append(loss.item())
            step += 1
            if step % 50 == 0:
                print(f'step {step} loss {sum(log[-50:]) / 50:.4f}')
            if step == cfg.steps:
                break
    model.eval()
    with torch.no_grad():
        print('metric:', 1 - loss_fn(model(xt), yt).item() / yt.var().item())


if __name__ == '__main__':
    main()
