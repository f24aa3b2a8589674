"""Tagging tickets from bags of words, Adagrad for the sparse inputs."""

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn as nn


@dataclass
class Settings:
    words: int = 300
    queues: int = 8
    hidden: int = 48
    epochs: int = 9
    batch_size: int = 50
    seed: int = 70
    optim: dict = field(default_factory=lambda: {"lr": 0.01, "lr_decay": 0.95})


def tickets(n, profile, rng):
    queue = rng.integers(len(profile), size=n)
    counts = np.stack([rng.multinomial(30, profile[q]) for q in queue])
    return np.log1p(counts).astype("float32"), queue


def build(cfg):
    return nn.Sequential(
        nn.Linear(cfg.words, cfg.hidden), nn.ReLU(), nn.Dropout(0.2), nn.Linear(cfg.hidden, cfg.queues)
    )


def fit(model, x, y, cfg):
    optimizer = torch.optim.Adagrad(model.parameters(), **cfg.optim)
    loss_fn = nn.CrossEntropyLoss()
    for epoch in range(cfg.epochs):
        model.train()
        curve = []
        for idx in torch.randperm(len(x)).split(cfg.batch_size):
            optimizer.zero_grad()
            loss = loss_fn(model(x[idx]), y[idx])
            loss.backward()
            optimizer.step()
            curve.append(loss.item())
        if epoch % 3 == 2:
            print(f"epoch {epoch + 1}: {np.mean(curve):.4f}")


def main(cfg):
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    common = rng.dirichlet(np.full(cfg.words, 0.5))
    profile = [0.7 * common + 0.3 * rng.dirichlet(np.full(cfg.words, 0.1)) for _ in range(cfg.queues)]
    x, y = tickets(3000, profile, rng)
    x_test, y_test = tickets(800, profile, rng)
    mean, std = x.mean(0), x.std(0) + 0.1
    x, x_test = (torch.from_numpy((part - mean) / std) for part in (x, x_test))
    model = build(cfg)
    fit(model, x, torch.from_numpy(y), cfg)
    model.eval()
    with torch.no_grad():
        logits = model(x_test)
        print("test loss", nn.functional.cross_entropy(logits, torch.from_numpy(y_test)).item())
        print("metric:", (logits.argmax(1).numpy() == y_test).mean())


main(Settings())
