"""Fine-tune a small convnet: pre-trained on telling shapes apart, then on the finer question of which shape is where."""

import numpy as np
import torch
import torch.nn as nn


def draw(kind, cx, cy, r, rng):
    yy, xx = np.mgrid[:20, :20]
    dx, dy = np.abs(xx - cx), np.abs(yy - cy)
    if kind == 0:
        im = (dx**2 + dy**2) <= r * r
    elif kind == 1:
        im = np.maximum(dx, dy) <= r * 0.85
    elif kind == 2:
        im = ((dx <= 1) & (dy <= r)) | ((dy <= 1) & (dx <= r))
    else:
        im = (dx + dy) <= r * 1.2
        im &= (dx + dy) >= r * 0.5
    return im * rng.uniform(0.6, 1.0)


def single(n, rng):
    y = rng.integers(0, 4, n)
    x = [draw(k, rng.uniform(6, 13), rng.uniform(6, 13), rng.uniform(3.5, 5.5), rng) for k in y]
    return pack(x, rng), torch.tensor(y)


def pair(n, rng):
    """Six classes: which two of the four kinds are in the picture."""
    combos = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    y = rng.integers(0, 6, n)
    x = []
    for c in y:
        a, b = rng.permutation(combos[c])
        one = draw(a, rng.uniform(4, 6), rng.uniform(5, 14), rng.uniform(3.2, 4.2), rng)
        two = draw(b, rng.uniform(13, 15), rng.uniform(5, 14), rng.uniform(3.2, 4.2), rng)
        x.append(np.maximum(one, two))
    return pack(x, rng), torch.tensor(y)


def pack(x, rng):
    x = np.array(x)
    x = x + rng.normal(size=x.shape) * 0.1
    return torch.tensor((x - 0.2) / 0.35, dtype=torch.float32).unsqueeze(1)


class Net(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(24 * 25, 64), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(64, n_classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def fit(net, opt, x, y, epochs, batch=50):
    ce = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        net.train()
        losses = []
        for idx in torch.randperm(len(x)).split(batch):
            loss = ce(net(x[idx]), y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.item())
        print(f"  epoch {epoch + 1}: {np.mean(losses):.4f}")


@torch.no_grad()
def accuracy(net, x, y):
    net.eval()
    return (net(x).argmax(1) == y).float().mean().item()


torch.manual_seed(5)
rng = np.random.default_rng(5)
x0, y0 = single(800, rng)
x1, y1 = pair(1200, rng)
xv, yv = pair(400, rng)

net = Net(4)
print("pre-training")
fit(net, torch.optim.AdamW(net.parameters(), lr=2e-3), x0, y0, epochs=5)

base_lr = 1e-2
net.head = nn.Linear(64, 6)
optimizer = torch.optim.AdamW(
    [
        {"params": net.backbone.parameters(), "lr": base_lr / 10},
        {"params": net.head.parameters(), "lr": base_lr},
    ]
)
print("fine-tuning")
fit(net, optimizer, x1, y1, epochs=13)
print("metric:", accuracy(net, xv, yv))
