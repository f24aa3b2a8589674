"""Online training of a calorimeter calibration network on simulated events."""

from dataclasses import dataclass
from itertools import islice

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset


@dataclass
class Settings:
    global_batch: int = 128
    world_size: int = 64
    updates: int = 700
    rate: float = 1e-2
    seed: int = 4011

    @property
    def per_process(self):
        return self.global_batch // self.world_size


def response(hits):
    """Deposited energy (in units of its spread) as a function of six cell signals."""
    return torch.tanh(hits[:, :3].sum(1)) + 0.7 * hits[:, 3] * hits[:, 4] + 0.4 * hits[:, 5]


class Events(IterableDataset):
    def __init__(self, seed, smear):
        self.seed = seed
        self.smear = smear

    def __iter__(self):
        g = torch.Generator().manual_seed(self.seed)
        while True:
            hits = torch.randn(256, 6, generator=g)
            energy = response(hits) + self.smear * torch.randn(256, generator=g)
            yield from zip(hits, energy, strict=True)


def build():
    return nn.Sequential(nn.Linear(6, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 1))


def main(cfg):
    torch.manual_seed(cfg.seed)
    net = build()
    opt = torch.optim.AdamW(net.parameters(), lr=cfg.rate, weight_decay=1e-4)
    loader = DataLoader(Events(cfg.seed, smear=0.8), batch_size=cfg.per_process)
    running = None
    for update, (hits, energy) in enumerate(islice(loader, cfg.updates), start=1):
        loss = nn.functional.mse_loss(net(hits).squeeze(1), energy)
        opt.zero_grad()
        loss.backward()
        opt.step()
        running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
        if update % 100 == 0:
            print(f"update {update:4d}  mse {running:.3f}")

    net.eval()
    hits = torch.randn(3000, 6, generator=torch.Generator().manual_seed(cfg.seed + 1))
    truth = response(hits)
    with torch.no_grad():
        guess = net(hits).squeeze(1)
    print("metric:", 1 - ((guess - truth).square().mean() / truth.var()).item())


if __name__ == "__main__":
    main(Settings())
