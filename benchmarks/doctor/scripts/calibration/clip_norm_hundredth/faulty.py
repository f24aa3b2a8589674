import numpy as np
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(33)
rs = np.random.default_rng(33)


def beats(n, length=64):
    """Three kinds of pulse: plain, with a notch, with an echo; random onset, amplitude and noise."""
    t = np.arange(length)
    kind = rs.integers(3, size=n)
    onset = rs.uniform(14, 34, size=n)[:, None]
    amp = rs.uniform(0.8, 1.2, size=n)[:, None]
    x = np.exp(-0.5 * ((t - onset) / 4.0) ** 2)
    x = np.where(kind[:, None] == 1, x - 0.6 * np.exp(-0.5 * ((t - onset) / 1.5) ** 2), x)
    x = np.where(kind[:, None] == 2, x + 0.5 * np.exp(-0.5 * ((t - onset - 16) / 4.0) ** 2), x)
    x = amp * x + 0.1 * rs.standard_normal((n, length))
    return x[:, None].astype(np.float32), kind


class PulseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 12, 7, stride=2, padding=3),
            nn.ReLU(),
            nn.Conv1d(12, 24, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(8),
            nn.Flatten(),
        )
        self.classifier = nn.Linear(24 * 8, 3)

    def forward(self, x):
        return self.classifier(self.features(x))


class Trainer:
    def __init__(self, model, lr, momentum, max_norm):
        self.model, self.max_norm = model, max_norm
        self.opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
        self.criterion = nn.CrossEntropyLoss()

    def epoch(self, x, y, batch=64):
        self.model.train()
        total = 0.0
        for idx in torch.randperm(len(x)).split(batch):
            self.opt.zero_grad()
            loss = self.criterion(self.model(x[idx]), y[idx])
            loss.backward()
            clip_grad_norm_(self.model.parameters(), self.max_norm)
            self.opt.step()
            total += loss.item() * len(idx)
        return total / len(x)

    @torch.no_grad()
    def score(self, x, y):
        self.model.eval()
        return (self.model(x).argmax(1) == y).float().mean().item()


x, y = beats(2400)
mu, sd = x[:2000].mean(), x[:2000].std()
x = torch.from_numpy((x - mu) / sd)
y = torch.from_numpy(y)

trainer = Trainer(PulseNet(), lr=0.025, momentum=0.9, max_norm=0.01)
for ep in range(18):
    loss = trainer.epoch(x[:2000], y[:2000])
    print(f"{ep:2d}  loss {loss:.4f}  val acc {trainer.score(x[2000:], y[2000:]):.3f}")
print("metric:", trainer.score(x[2000:], y[2000:]))
