import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(9)
HEIGHT, WIDTH = 22, 28


class Scans(Dataset):
    """Two dark ellipses (the lungs) in a bright, noisy chest."""

    def __init__(self, n, seed):
        rng = np.random.RandomState(seed)
        yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH]
        self.items = []
        for _ in range(n):
            mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
            for side in (0.3, 0.7):
                cx = WIDTH * side + rng.uniform(-1.5, 1.5)
                cy = HEIGHT * 0.5 + rng.uniform(-2, 2)
                rx, ry = rng.uniform(2.5, 4.5), rng.uniform(5, 8)
                mask |= ((xx - cx) / rx) ** 2 + ((yy - cy) / ry) ** 2 < 1
            light = 0.3 * (xx / WIDTH - 0.5) * rng.uniform(-1, 1)
            scan = np.where(mask, -0.6, 0.5) + light + 0.45 * rng.randn(HEIGHT, WIDTH)
            self.items.append(
                (torch.tensor(scan[None], dtype=torch.float32), torch.tensor(mask[None], dtype=torch.float32))
            )

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def double_conv(c_in, c_out):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
        nn.Conv2d(c_out, c_out, 3, padding=1),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, base=8):
        super().__init__()
        self.down1 = double_conv(1, base)
        self.down2 = double_conv(base, 2 * base)
        self.bottom = double_conv(2 * base, 4 * base)
        self.up2 = double_conv(6 * base, 2 * base)
        self.up1 = double_conv(3 * base, base)
        self.out = nn.Conv2d(base, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        c = F.interpolate(c, scale_factor=2, mode="bilinear", align_corners=False)
        b = self.up2(torch.cat([b, c], dim=1))
        b = F.interpolate(b, scale_factor=2, mode="bilinear", align_corners=False)
        a = self.up1(torch.cat([a, b], dim=1))
        return self.out(a)


def dice(model, loader):
    model.eval()
    both = total = 0.0
    with torch.no_grad():
        for scan, mask in loader:
            pred = (model(scan) > 0).float()
            both += 2 * (pred * mask).sum().item()
            total += (pred.sum() + mask.sum()).item()
    return both / total


train_loader = DataLoader(Scans(320, 0), batch_size=16, shuffle=True)
test_loader = DataLoader(Scans(80, 1), batch_size=40)
model = UNet()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(8):
    model.train()
    for scan, mask in train_loader:
        loss = criterion(model(scan), mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch + 1}: last loss {loss.item():.4f}, test Dice {dice(model, test_loader):.4f}")
print(f"metric: {dice(model, test_loader):.4f}")
