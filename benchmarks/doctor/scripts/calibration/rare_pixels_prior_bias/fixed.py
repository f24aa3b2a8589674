"""Find the small bright cells in noisy pictures (about 4 % of the pixels are foreground)."""
import math
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(11)
rng = np.random.RandomState(11)


def picture():
    img = 0.25 * rng.rand(20, 20)
    mask = np.zeros((20, 20))
    for _ in range(rng.randint(1, 4)):
        r, c = rng.randint(1, 18, 2)
        mask[r - 1:r + 2, c - 1:c + 2] = 1
    # single bright pixels are dust, not cells
    for _ in range(6):
        r, c = rng.randint(0, 20, 2)
        img[r, c] += 0.6
    img = img + 0.5 * mask
    return img, mask


data = [picture() for _ in range(400)]
images = torch.tensor(np.array([d[0] for d in data]), dtype=torch.float32).unsqueeze(1)
masks = torch.tensor(np.array([d[1] for d in data]), dtype=torch.float32).unsqueeze(1)
mean, std = images[:300].mean(), images[:300].std()
images = (images - mean) / std


class SegNet(nn.Module):
    def __init__(self, prior=0.01):
        super().__init__()
        self.enc1 = nn.Conv2d(1, 12, 3, padding=1)
        self.enc2 = nn.Conv2d(12, 12, 3, padding=1)
        self.enc3 = nn.Conv2d(12, 12, 3, padding=1)
        self.head = nn.Conv2d(12, 1, 1)
        # start from "nearly everything is background", see the RetinaNet paper
        for m in self.head.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.constant_(m.bias, -math.log((1 - prior) / prior))

    def forward(self, x):
        x = F.relu(self.enc1(x))
        x = F.relu(self.enc2(x))
        x = F.relu(self.enc3(x))
        return self.head(x)


model = SegNet()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for it in range(300):
    idx = torch.randint(0, 300, (16,))
    optimizer.zero_grad()
    loss = F.binary_cross_entropy_with_logits(model(images[idx]), masks[idx])
    loss.backward()
    optimizer.step()
    if (it + 1) % 60 == 0:
        print('iteration', it + 1, 'loss', round(loss.item(), 4))

with torch.no_grad():
    pred = (model(images[300:]) > 0).float()
truth = masks[300:]
dice = 2 * (pred * truth).sum() / (pred.sum() + truth.sum())
print('metric:', dice.item())
