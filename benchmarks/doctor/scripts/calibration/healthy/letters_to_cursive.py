# pre-train on upright strokes, fine-tune on slanted ones: small rate for the body, larger for the new head
import numpy as np
import torch
from torch import nn

torch.manual_seed(29)
rng = np.random.default_rng(29)
yy, xx = np.mgrid[-1:1:16j, -1:1:16j]


def strokes(n, classes, slant):
    y = rng.integers(0, len(classes), n)
    pics = np.zeros((n, 1, 16, 16), np.float32)
    for i, k in enumerate(y):
        dx, dy = rng.uniform(-0.2, 0.2, 2)
        u, v = xx - dx + slant * yy, yy - dy
        pics[i, 0] = {
            "l": np.exp(-u ** 2 / 0.03), "-": np.exp(-v ** 2 / 0.03),
            "o": np.exp(-((u ** 2 + v ** 2) - 0.36) ** 2 / 0.03), "x": np.exp(-(u ** 2 - v ** 2) ** 2 / 0.02),
            "t": np.maximum(np.exp(-u ** 2 / 0.03), np.exp(-(v + 0.5) ** 2 / 0.03)),
            "u": np.exp(-(np.abs(u) - 0.5) ** 2 / 0.03),
            "v": np.exp(-(np.abs(u) - 0.5 * (1 - v) / 1.2) ** 2 / 0.03),
        }[classes[k]]
    return torch.from_numpy(2 * pics - 0.8 + 0.4 * rng.standard_normal(pics.shape).astype(np.float32)), torch.from_numpy(y)


def fit(body, head, opt, x, y, epochs):
    for epoch in range(epochs):
        for k in torch.randperm(len(x)).split(40):
            loss = nn.functional.cross_entropy(head(body(x[k])), y[k])
            opt.zero_grad()
            loss.backward()
            opt.step()
    print("last loss", loss.item())


body = nn.Sequential(nn.Conv2d(1, 12, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(12, 24, 3, stride=2, padding=1),
                     nn.ReLU(), nn.Flatten(), nn.Linear(24 * 16, 48), nn.ReLU())
head = nn.Linear(48, 4)
x, y = strokes(1200, "l-ox", 0.0)
fit(body, head, torch.optim.Adam([*body.parameters(), *head.parameters()], lr=1e-3), x, y, 8)

x, y = strokes(320, "tuv", 0.4)
head = nn.Linear(48, 3)
opt = torch.optim.AdamW([{"params": body.parameters(), "lr": 2e-4}, {"params": head.parameters(), "lr": 3e-3}])
fit(body, head, opt, x, y, 20)
x, y = strokes(400, "tuv", 0.4)
with torch.no_grad():
    print("metric:", (head(body(x)).argmax(1) == y).float().mean().item())
