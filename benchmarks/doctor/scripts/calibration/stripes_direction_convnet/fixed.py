"""Classify the direction of the stripes in a patch (0, 45, 90, 135 degrees)."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(2)
np.random.seed(2)


def patch(label):
    ang = label * np.pi / 4 + np.random.uniform(-0.2, 0.2)
    freq = np.random.uniform(1.0, 1.6)
    r, c = np.mgrid[0:14, 0:14]
    wave = np.sin(freq * (r * np.cos(ang) + c * np.sin(ang)) + np.random.uniform(0, 6.28))
    return wave + 0.4 * np.random.randn(14, 14)


labels = np.random.randint(0, 4, 900)
imgs = torch.tensor(np.stack([patch(l) for l in labels]), dtype=torch.float32)[:, None]
labels = torch.tensor(labels)
tr_x, tr_y, te_x, te_y = imgs[:640], labels[:640], imgs[640:], labels[640:]

cnn = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
    nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 4))

loss_func = nn.CrossEntropyLoss()
optim = torch.optim.Adam(cnn.parameters(), lr=3e-3)
for epoch in range(16):
    idx = torch.randperm(640)
    correct = 0
    for j in range(0, 640, 32):
        b = idx[j:j + 32]
        out = cnn(tr_x[b])
        loss = loss_func(out, tr_y[b])
        optim.zero_grad()
        loss.backward()
        optim.step()
        correct += (out.argmax(1) == tr_y[b]).sum().item()
    print('epoch', epoch, 'train acc', correct / 640)

with torch.no_grad():
    print('metric:', (cnn(te_x).argmax(1) == te_y).float().mean().item())
