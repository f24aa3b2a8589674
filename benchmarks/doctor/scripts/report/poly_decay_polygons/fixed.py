# Segmenting discs and boxes in noisy 24 x 24 scenes, SGD with poly decay as in DeepLab
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(19)
rng = np.random.default_rng(19)
EPOCHS = 16
N_CLASSES = 3  # ground, disc, box


def scene():
    mask = np.zeros((24, 24), dtype=np.int64)
    yy, xx = np.mgrid[:24, :24]
    for kind in rng.permutation([1, 2]):
        cy, cx = rng.integers(6, 18, 2)
        r = rng.integers(4, 7)
        if kind == 1:
            mask[(yy - cy) ** 2 + (xx - cx) ** 2 <= r * r] = 1
        else:
            mask[(abs(yy - cy) < r) & (abs(xx - cx) < r)] = 2
    shade = np.stack([0.3 + 0.25 * (mask == 1), 0.3 + 0.25 * (mask == 2), 0.3 + 0.1 * (mask > 0)])
    return shade + rng.normal(0, 0.2, shade.shape), mask


def dataset(n):
    images, masks = zip(*(scene() for _ in range(n)))
    images = torch.tensor(np.stack(images), dtype=torch.float32)
    return TensorDataset((images - 0.36) / 0.24, torch.tensor(np.stack(masks)))


def conv(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True))


class SmallUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = conv(3, 12)
        self.middle = conv(12, 24)
        self.up = conv(36, 12)
        self.head = nn.Conv2d(12, N_CLASSES, 1)

    def forward(self, x):
        a = self.down(x)
        b = self.middle(nn.functional.max_pool2d(a, 2))
        b = nn.functional.interpolate(b, scale_factor=2.0, mode="nearest")
        return self.head(self.up(torch.cat([a, b], dim=1)))


def mean_iou(model, loader):
    model.eval()
    inter, union = torch.zeros(N_CLASSES), torch.zeros(N_CLASSES)
    with torch.no_grad():
        for images, masks in loader:
            said = model(images).argmax(1)
            for c in range(N_CLASSES):
                inter[c] += ((said == c) & (masks == c)).sum()
                union[c] += ((said == c) | (masks == c)).sum()
    return (inter / union).mean().item()


train_loader = DataLoader(dataset(240), batch_size=8, shuffle=True)
val_loader = DataLoader(dataset(60), batch_size=30)
model = SmallUNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=EPOCHS, power=0.9)
for epoch in range(EPOCHS):
    model.train()
    for images, masks in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), masks)
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(f"epoch {epoch + 1:2d} loss {loss.item():.3f} mIoU {mean_iou(model, val_loader):.3f}")
print("metric:", mean_iou(model, val_loader))
