import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR


@dataclass
class TrainConfig:
    lr: float = 0.05
    momentum: float = 0.9
    warmup_steps: int = 20
    max_steps: int = 500
    batch_size: int = 40
    n_classes: int = 5
    seed: int = 3


def signals(n, n_classes, rng):
    """Noisy 64-point waves, one frequency and shape per class."""
    y = rng.integers(0, n_classes, n)
    t = np.linspace(0, 1, 64)
    phase = rng.uniform(0, 2 * math.pi, (n, 1))
    wave = np.sin(2 * math.pi * (2 + 1.5 * y[:, None]) * t + phase)
    x = wave * rng.uniform(0.7, 1.3, (n, 1)) + rng.normal(0, 0.6, (n, 64))
    return torch.tensor(x[:, None, :], dtype=torch.float32), torch.tensor(y)


class WaveNetLite(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.stem = nn.Conv1d(1, 16, 9, padding=4)
        self.mid = nn.Conv1d(16, 24, 5, stride=2, padding=2)
        self.top = nn.Conv1d(24, 24, 5, stride=2, padding=2)
        self.act = nn.ReLU()
        self.classifier = nn.Linear(24, n_classes)

    def forward(self, x):
        x = self.act(self.stem(x))
        x = self.act(self.mid(x))
        x = self.act(self.top(x))
        return self.classifier(x.amax(-1))


class Trainer:
    def __init__(self, model, cfg):
        self.model, self.cfg = model, cfg
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=cfg.lr, momentum=cfg.momentum)
        self.scheduler = LambdaLR(self.optimizer, self.lr_lambda)
        self.history = []

    def lr_lambda(self, step):
        return min(1.0, (step + 1) / self.cfg.warmup_steps)

    def batches(self, x, y):
        while True:
            for index in torch.randperm(len(x)).split(self.cfg.batch_size):
                yield x[index], y[index]

    def fit(self, x, y):
        self.model.train()
        for step, (xb, yb) in enumerate(self.batches(x, y), 1):
            loss = self.criterion(self.model(xb), yb)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.scheduler.step()
            self.history.append(loss.item())
            if step % 50 == 0:
                print(f'step {step} loss {np.mean(self.history[-50:]):.4f}')
            if step == self.cfg.max_steps:
                break

    @torch.no_grad()
    def accuracy(self, x, y):
        self.model.eval()
        return (self.model(x).argmax(1) == y).float().mean().item()


cfg = TrainConfig()
torch.manual_seed(cfg.seed)
rng = np.random.default_rng(cfg.seed)
x_train, y_train = signals(1600, cfg.n_classes, rng)
x_test, y_test = signals(400, cfg.n_classes, rng)
trainer = Trainer(WaveNetLite(cfg.n_classes), cfg)
trainer.fit(x_train, y_train)
print('metric:', trainer.accuracy(x_test, y_test))
