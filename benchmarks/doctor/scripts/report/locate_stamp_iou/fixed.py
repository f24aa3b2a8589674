import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(3)
SIZE = 24


class StampedPages(Dataset):
    """A bright rectangular stamp near the edge of a noisy page; the target is its box (x0, y0, x1, y1) in 0..1."""

    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        self.pictures = 0.25 * rng.standard_normal((count, 1, SIZE, SIZE)).astype(np.float32)
        self.boxes = np.zeros((count, 4), dtype=np.float32)
        for i in range(count):
            w, h = rng.integers(5, 9, size=2)
            x, y = self.place(rng, w, h)
            self.pictures[i, 0, y : y + h, x : x + w] += 1.0
            self.boxes[i] = np.array([x, y, x + w, y + h]) / SIZE

    @staticmethod
    def place(rng, w, h):
        while True:
            x, y = rng.integers(0, SIZE - w + 1), rng.integers(0, SIZE - h + 1)
            if min(x, y, SIZE - w - x, SIZE - h - y) <= 1:  # stamps are put at the edge of the page
                return x, y

    def __len__(self):
        return len(self.boxes)

    def __getitem__(self, i):
        return torch.from_numpy(self.pictures[i]), torch.from_numpy(self.boxes[i])


def overlap(a, b):
    lo = torch.maximum(a[:, :2], b[:, :2])
    hi = torch.minimum(a[:, 2:], b[:, 2:])
    inter = (hi - lo).clamp(min=0).prod(1)
    area_a = (a[:, 2:] - a[:, :2]).prod(1)
    area_b = (b[:, 2:] - b[:, :2]).prod(1)
    return inter, area_a + area_b - inter


def box_loss(pred, target):
    inter, union = overlap(pred, target)
    hull = (torch.maximum(pred[:, 2:], target[:, 2:]) - torch.minimum(pred[:, :2], target[:, :2])).prod(1)
    return (1 - inter / union + (hull - union) / hull).mean()


class Locator(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(16, 24, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(24 * 36, 64),
            nn.ReLU(),
        )
        self.head = nn.Linear(64, 4)

    def forward(self, x):
        out = self.head(self.trunk(x))
        centre = torch.sigmoid(out[:, :2])
        half = 0.5 * torch.exp(out[:, 2:] - 3.0)
        return torch.cat([centre - half, centre + half], dim=1)


def mean_iou(net, loader):
    net.eval()
    values = []
    with torch.no_grad():
        for x, boxes in loader:
            inter, union = overlap(net(x), boxes)
            values.append(inter / union)
    return torch.cat(values).mean().item()


train_loader = DataLoader(StampedPages(1280, 1), batch_size=32, shuffle=True)
test_loader = DataLoader(StampedPages(300, 2), batch_size=100)
net = Locator()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(10):
    net.train()
    total = 0.0
    for x, boxes in train_loader:
        loss = box_loss(net(x), boxes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch + 1} loss {total / len(train_loader):.4f} IoU {mean_iou(net, test_loader):.4f}")
print("metric:", round(mean_iou(net, test_loader), 4))
