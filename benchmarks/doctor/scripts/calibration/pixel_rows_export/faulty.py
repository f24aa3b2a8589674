# Fruit stickers, exported as one row of pixels per picture (like the csv files on Kaggle).
import numpy as np
import torch
from torch import nn, optim

torch.manual_seed(4)
rng = np.random.default_rng(4)
SIZE, N = 14, 1500


def draw(kind):
    """0 red disc, 1 green disc, 2 red ring, 3 green ring; each on a blotchy ground"""
    img = rng.normal(0.45, 0.12, (SIZE, SIZE, 3))
    r = rng.integers(3, 5)
    cy, cx = rng.integers(r, SIZE - r, 2)
    yy, xx = np.mgrid[:SIZE, :SIZE]
    far = (yy - cy) ** 2 + (xx - cx) ** 2
    inside = far <= r * r if kind < 2 else (far <= r * r) & (far > (r - 1.5) ** 2)
    colour = np.array([0.75, 0.35, 0.3] if kind % 2 == 0 else [0.35, 0.7, 0.3])
    img[inside] = colour + rng.normal(0, 0.1, (inside.sum(), 3))
    return img.clip(0, 1)


kinds = rng.integers(0, 4, N)
rows = np.stack([draw(k).flatten() for k in kinds]).astype(np.float32)   # the export
print("rows", rows.shape)

# ---- back to pictures
pics = torch.from_numpy(rows).reshape(N, 3, SIZE, SIZE)
kinds = torch.from_numpy(kinds)
train, test = slice(0, 1200), slice(1200, N)
mean = pics[train].mean((0, 2, 3), keepdim=True)
std = pics[train].std((0, 2, 3), keepdim=True)
pics = (pics - mean) / std

net = nn.Sequential(
    nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(32 * 9, 4),
)
opt = optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
epochs = 8
sched = optim.lr_scheduler.CosineAnnealingLR(opt, T_max=epochs)
for epoch in range(epochs):
    net.train()
    tot = 0.
    for idx in torch.randperm(1200).split(50):
        opt.zero_grad()
        l = nn.functional.cross_entropy(net(pics[train][idx]), kinds[train][idx])
        l.backward()
        opt.step()
        tot += l.item() / 24
    sched.step()
    net.eval()
    with torch.no_grad():
        acc = (net(pics[test]).argmax(1) == kinds[test]).float().mean().item()
    print('epoch', epoch, 'loss', round(tot, 4), 'test acc', round(acc, 3))

print('metric:', acc)
