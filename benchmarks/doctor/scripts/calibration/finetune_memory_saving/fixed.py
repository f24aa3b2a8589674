"""Pre-train an encoder to tell a scan from its negative, then fine-tune it for shapes (two learning rates)."""
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(6)
g = np.random.default_rng(6)
S = 14


def draw(kind):
    im = g.normal(0, 0.15, (S, S))
    cy, cx, r = g.integers(5, 9), g.integers(5, 9), g.integers(3, 5)
    yy, xx = np.mgrid[:S, :S]
    if kind == 0:
        im[abs(np.hypot(yy - cy, xx - cx) - r) < 0.8] += 1
    elif kind == 1:
        im[(np.maximum(abs(yy - cy), abs(xx - cx)) == r)] += 1
    elif kind == 2:
        im[(abs(yy - cy) == abs(xx - cx)) & (abs(yy - cy) <= r)] += 1
    else:
        im[((yy == cy) & (abs(xx - cx) <= r)) | ((xx == cx) & (abs(yy - cy) <= r))] += 1
    return im


def dataset(n):
    y = g.integers(0, 4, n)
    return torch.tensor(np.stack([draw(k) for k in y]), dtype=torch.float32)[:, None], torch.tensor(y)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 12, 3, stride=2, padding=1), nn.ReLU(),
                                 nn.Conv2d(12, 24, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(24 * 16, 48), nn.ReLU())

    def forward(self, x):
        return self.net(x)


class ShapeClassifier(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(48, 4)

    def features(self, x):
        return self.encoder(x)

    def forward(self, x):
        z = self.features(x)
        return self.head(z)


x_un, _ = dataset(500)
x, y = dataset(900)
xv, yv = dataset(300)

encoder = Encoder()
pretext = nn.Sequential(encoder, nn.Linear(48, 2))
opt = torch.optim.Adam(pretext.parameters(), 3e-3)
for step in range(90):   # positive or negative?
    b = x_un[torch.randint(0, 500, (32,))]
    b = torch.cat([b, -b])
    t = torch.arange(2).repeat_interleave(32)
    loss = nn.functional.cross_entropy(pretext(b), t)
    opt.zero_grad(); loss.backward(); opt.step()
print('pretext loss', loss.item())

clf = ShapeClassifier(encoder)
opt = torch.optim.Adam([{'params': clf.encoder.parameters(), 'lr': 2e-3}, {'params': clf.head.parameters(), 'lr': 4e-3}])
for epoch in range(9):
    clf.train()
    for b in torch.randperm(900).split(36):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(clf(x[b]), y[b])
        loss.backward()
        opt.step()
    clf.eval()
    with torch.no_grad():
        acc = (clf(xv).argmax(1) == yv).float().mean().item()
    print(epoch, round(loss.item(), 3), round(acc, 3))
print('metric:', acc)
