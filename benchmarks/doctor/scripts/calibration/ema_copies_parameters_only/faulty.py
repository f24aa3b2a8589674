"""CNN on drawn shapes, evaluated with an exponential moving average of the weights."""
import copy

import numpy as np
import torch
from torch import nn

SIZE = 14
KINDS = ("disc", "ring", "cross", "bars")


def draw(kind, rng):
    yy, xx = np.mgrid[:SIZE, :SIZE]
    cy, cx = rng.uniform(5, 8, 2)
    r = rng.uniform(3, 5)
    d = np.hypot(yy - cy, xx - cx)
    if kind == "disc":
        img = d < r
    elif kind == "ring":
        img = np.abs(d - r) < 0.9
    elif kind == "cross":
        img = ((np.abs(yy - cy) < 1) | (np.abs(xx - cx) < 1)) & (d < r + 1)
    else:
        img = ((xx + int(cx)) % 3 == 0) & (d < r + 1)
    return 140.0 * img + 40 + 30 * rng.standard_normal((SIZE, SIZE))


class EMA:
    def __init__(self, model, decay):
        self.shadow = copy.deepcopy(model)
        self.shadow.eval()
        self.decay = decay

    def update(self, model):
        with torch.no_grad():
            for p_avg, p in zip(self.shadow.parameters(), model.parameters()):
                p_avg.lerp_(p, 1 - self.decay)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        )
        self.fc = nn.Linear(24, len(KINDS))

    def forward(self, x):
        return self.fc(self.features(x).flatten(1))


rng = np.random.default_rng(88)
torch.manual_seed(88)
labels = rng.integers(0, len(KINDS), 1500)
images = np.stack([draw(KINDS[k], rng) for k in labels]).astype(np.float32)
x = torch.from_numpy(images / 255.0).unsqueeze(1)
y = torch.from_numpy(labels)
xtr, ytr, xte, yte = x[:1200], y[:1200], x[1200:], y[1200:]

net = Net()
ema = EMA(net, decay=0.97)
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
for epoch in range(10):
    net.train()
    running = 0.0
    for ix in torch.randperm(len(xtr)).split(40):
        loss = nn.functional.cross_entropy(net(xtr[ix]), ytr[ix])
        opt.zero_grad()
        loss.backward()
        opt.step()
        ema.update(net)
        running += loss.item()
    print("epoch", epoch + 1, "loss", round(running / 30, 4))

with torch.no_grad():
    acc = (ema.shadow(xte).argmax(1) == yte).float().mean()
print("metric:", acc.item())
