import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

rng = np.random.default_rng(20)
torch.manual_seed(20)


def fish(direction):
    """oval body with a triangle for a tail, swimming right (1) or left (0)"""
    img = np.zeros((16, 20))
    r, c = np.mgrid[0:16, 0:20]
    cy, cx = rng.uniform(6, 10), rng.uniform(8, 12)
    length, height = rng.uniform(4, 5.5), rng.uniform(2, 3.2)
    sign = 1 if direction == 1 else -1
    img[((r - cy) / height) ** 2 + ((c - cx) / length) ** 2 < 1] = 1
    behind = -sign * (c - cx) - length
    img[(behind > -1) & (behind < 3) & (np.abs(r - cy) < behind + 1)] = 0.8
    img = img * rng.uniform(0.7, 1.0) + 0.2 * rng.standard_normal(img.shape)
    return img


labels = rng.integers(0, 2, 1000)
pictures = np.array([fish(d) for d in labels], dtype=np.float32)
x, y = torch.from_numpy(pictures).unsqueeze(1), torch.from_numpy(labels)
x_train, y_train = x[:700], y[:700]
x_valid, y_valid = x[700:], y[700:]


def augment(batch):
    flip = torch.rand(len(batch)) < 0.5
    batch = torch.where(flip.view(-1, 1, 1, 1), torch.flip(batch, dims=[2]), batch)
    return batch + 0.05 * torch.randn_like(batch)


class FishNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 8, 3, padding=1)
        self.c2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc1 = nn.Linear(16 * 4 * 5, 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


net = FishNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(12):
    net.train()
    running = 0
    for idx in torch.randperm(700).split(28):
        loss = F.cross_entropy(net(augment(x_train[idx])), y_train[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        running += loss.item()
    net.eval()
    with torch.no_grad():
        acc = (net(x_valid).argmax(1) == y_valid).float().mean().item()
    print('epoch', epoch, 'train loss', running / 25, 'valid acc', acc)
print('metric:', acc)
