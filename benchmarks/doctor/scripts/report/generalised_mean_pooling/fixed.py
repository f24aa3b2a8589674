import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(11)
rng = np.random.default_rng(11)


def texture(kind):
    yy, xx = np.mgrid[0:16, 0:16] / 16.0
    phase, freq = rng.uniform(0, 6.28), rng.uniform(2.0, 3.2)
    if kind == 0:
        img = np.sin(2 * np.pi * freq * xx + phase)
    elif kind == 1:
        img = np.sin(2 * np.pi * freq * yy + phase)
    elif kind == 2:
        img = np.sin(2 * np.pi * freq * (xx + yy) / 1.4 + phase)
    elif kind == 3:
        img = np.sin(2 * np.pi * freq * xx + phase) * np.sin(2 * np.pi * freq * yy + phase)
    else:
        img = np.sin(2 * np.pi * freq * np.hypot(xx - rng.uniform(0.3, 0.7), yy - rng.uniform(0.3, 0.7)) * 1.5)
    return img + 0.6 * rng.standard_normal((16, 16))


kinds = rng.integers(0, 5, 1600)
images = torch.tensor(np.stack([texture(k) for k in kinds]), dtype=torch.float32).unsqueeze(1)
images = images / images[:1280].std()
labels = torch.tensor(kinds)
train_dl = DataLoader(TensorDataset(images[:1280], labels[:1280]), batch_size=32, shuffle=True)
valid_dl = DataLoader(TensorDataset(images[1280:], labels[1280:]), batch_size=160)


class GeM(nn.Module):
    """Generalised mean pooling, p is learned (Radenovic et al. 2018)."""

    def __init__(self, p=3.0, eps=1e-4):
        super().__init__()
        self.p = nn.Parameter(torch.tensor(p))
        self.eps = eps

    def forward(self, x):
        x = x.clamp(min=self.eps)
        x = F.avg_pool2d(x.pow(self.p), x.shape[-2:])
        return x.pow(1.0 / self.p).flatten(1)


class TextureNet(nn.Module):
    def __init__(self, n_classes=5):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 5, padding=2)
        self.bn1 = nn.BatchNorm2d(12)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.pool = GeM()
        self.fc = nn.Linear(24, n_classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.conv2(x))
        return self.fc(self.pool(x))


model = TextureNet()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(6):
    model.train()
    running = 0.0
    for xb, yb in train_dl:
        loss = F.cross_entropy(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        running += loss.item() * len(xb)
    model.eval()
    with torch.no_grad():
        acc = sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in valid_dl) / len(valid_dl.dataset)
    print(f"epoch {epoch}: train loss {running / 1280:.4f}  valid acc {acc:.3f}  p {model.pool.p.item():.2f}")
print(f"metric: {acc:.4f}")
