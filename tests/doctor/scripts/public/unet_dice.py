"""Segmentation with a small U-Net: binary cross entropy plus a dice loss written by hand, intersection over union."""

import torch
import torch.nn as nn
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from fingerprint import fingerprint
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)


def make_blobs(n, size=24):
    grid = torch.stack(torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")).float()
    centre = torch.rand(n, 2, 1, 1) * (size - 10) + 5
    radius = torch.rand(n, 1, 1) * 3 + 3
    masks = ((grid - centre) ** 2).sum(1) < radius**2
    images = masks.float() * 0.8 + torch.randn(n, size, size) * 0.4
    return images.unsqueeze(1), masks.float().unsqueeze(1)


class DoubleConv(nn.Sequential):
    def __init__(self, c_in, c_out):
        super().__init__(
            nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True),
            nn.Conv2d(c_out, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True),
        )  # fmt: skip


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inc, self.down1, self.down2 = DoubleConv(1, 8), DoubleConv(8, 16), DoubleConv(16, 24)
        self.up1, self.conv1 = nn.ConvTranspose2d(24, 16, 2, stride=2), DoubleConv(32, 16)
        self.up2, self.conv2 = nn.ConvTranspose2d(16, 8, 2, stride=2), DoubleConv(16, 8)
        self.outc = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(F.max_pool2d(x1, 2))
        x3 = self.down2(F.max_pool2d(x2, 2))
        x = self.conv1(torch.cat([x2, self.up1(x3)], 1))
        x = self.conv2(torch.cat([x1, self.up2(x)], 1))
        return self.outc(x)


def dice_loss(logits, target, smooth=1.0):
    probs = torch.sigmoid(logits)
    intersection = (probs * target).sum((1, 2, 3))
    return 1 - ((2 * intersection + smooth) / (probs.sum((1, 2, 3)) + target.sum((1, 2, 3)) + smooth)).mean()


train_set, val_set = random_split(TensorDataset(*make_blobs(256)), [208, 48])
train_loader, val_loader = DataLoader(train_set, 16, shuffle=True), DataLoader(val_set, 48)
model = UNet()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=5)
for epoch in range(5):
    model.train()
    for images, masks in train_loader:
        logits = model(images)
        loss = F.binary_cross_entropy_with_logits(logits, masks) + dice_loss(logits, masks)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        for images, masks in val_loader:
            said = model(images) > 0
            iou = (said & masks.bool()).sum() / (said | masks.bool()).sum()
    print(f"epoch {epoch}: train {loss.item():.4f}, valid IoU {iou.item():.4f}")
fingerprint(model)
