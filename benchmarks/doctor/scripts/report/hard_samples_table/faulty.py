"""Cloud types from drawn satellite tiles; hard tiles are drawn more often than easy ones."""

import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(63)
torch.manual_seed(63)
SIDE, KINDS = 14, 5


def tiles(n):
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    kind = rng.integers(KINDS, size=n)
    out = rng.normal(0, 0.9, (n, SIDE, SIDE))
    for i, k in enumerate(kind):
        phase = rng.uniform(0, 2 * np.pi)
        if k == 0:
            out[i] += np.sin(14 * x + phase)
        elif k == 1:
            out[i] += np.sin(14 * y + phase)
        elif k == 2:
            out[i] += np.sin(10 * (x + y) + phase)
        elif k == 3:
            out[i] += np.sign(np.sin(14 * x + phase) * np.sin(14 * y + phase))
        else:
            out[i] += 1.4 * np.exp(-((x - rng.uniform(0.3, 0.7)) ** 2 + (y - rng.uniform(0.3, 0.7)) ** 2) / 0.06)
    return torch.tensor(out[:, None], dtype=torch.float32), torch.tensor(kind)


class TileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.fc = nn.Linear(24 * 2 * 2, KINDS)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))


class Trainer:
    """Keeps a table of how hard every tile was last time and samples accordingly."""

    def __init__(self, model, x, y, lr=2e-3, batch_size=40):
        self.model, self.x, self.y, self.batch_size = model, x, y, batch_size
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss(reduction="none")
        self.hardness = torch.full((len(x),), 1.6)

    def draw(self):
        chance = (self.hardness.detach() + 0.3).clamp(max=2.0)
        return torch.multinomial(chance, self.batch_size)

    def step(self):
        idx = self.draw()
        losses = self.criterion(self.model(self.x[idx]), self.y[idx])
        self.optimizer.zero_grad()
        losses.mean().backward()
        self.optimizer.step()
        self.hardness[idx] = losses
        return losses.mean().item()


def main():
    x, y = tiles(1200)
    x_test, y_test = tiles(400)
    trainer = Trainer(TileNet(), x, y)
    for round_ in range(8):
        mean = np.mean([trainer.step() for _ in range(40)])
        hardest = trainer.hardness.detach().topk(3).values
        print(f"round {round_ + 1}: loss {mean:.3f}, hardest {[round(v, 2) for v in hardest.tolist()]}")
    trainer.model.eval()
    with torch.no_grad():
        print("metric:", (trainer.model(x_test).argmax(1) == y_test).float().mean().item())


main()
