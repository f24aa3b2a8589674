"""Segment round cells on a noisy plate (drawn here), soft dice only."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(8)
rng = np.random.default_rng(8)
SIZE = 24
yy, xx = np.mgrid[:SIZE, :SIZE]


def plate():
    mask = np.zeros((SIZE, SIZE), bool)
    for _ in range(rng.integers(2, 5)):
        cy, cx, r = rng.uniform(4, 20), rng.uniform(4, 20), rng.uniform(2.5, 5)
        mask |= (yy - cy) ** 2 + (xx - cx) ** 2 < r * r
    picture = mask * 1.2 - 0.5 + 0.5 * rng.standard_normal(mask.shape)
    return picture, mask


def plates(n):
    both = [plate() for _ in range(n)]
    return (torch.tensor(np.stack([p for p, _ in both]), dtype=torch.float32)[:, None],
            torch.tensor(np.stack([m for _, m in both]), dtype=torch.float32)[:, None])


def dice_loss(logits, mask, eps=1.0):
    prob = torch.sigmoid(logits).flatten(1)
    mask = mask.flatten(1)
    overlap = (prob * mask).sum(1)
    total = prob.sum(1) + mask.sum(1)
    return (2 * overlap + eps) / (total + eps)


net = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(),
    nn.Conv2d(12, 12, 3, padding=2, dilation=2), nn.BatchNorm2d(12), nn.ReLU(),
    nn.Conv2d(12, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(),
    nn.Conv2d(12, 1, 1),
)
images, masks = plates(320)
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(9):
    net.train()
    for i in torch.randperm(320).view(20, 16):
        loss = dice_loss(net(images[i]), masks[i]).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 4 == 3:
        print(epoch, loss.item())
net.eval()
images, masks = plates(80)
with torch.no_grad():
    guess = (net(images) > 0).float()
print("metric:", (2 * (guess * masks).sum() / (guess.sum() + masks.sum())).item())
