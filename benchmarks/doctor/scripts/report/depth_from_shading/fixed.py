"""Monocular depth on rendered corridors: one image in, one depth map out."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn


@dataclass
class Config:
    max_depth: float = 40.0
    size: int = 16
    batch_size: int = 25
    epochs: int = 14
    lr: float = 3e-3
    seed: int = 77


def corridor(cfg, rng):
    """Depth in metres along a street, and how it looks: far means dark and hazy."""
    y, x = np.mgrid[: cfg.size, : cfg.size] / (cfg.size - 1)
    vanish = rng.uniform(0.3, 0.7)
    depth = 4 + 30 * np.exp(-(((x - vanish) / 0.25) ** 2)) * (1 - 0.6 * y)
    for _ in range(rng.integers(1, 4)):
        left, width = rng.uniform(0, 0.8), rng.uniform(0.12, 0.3)
        box = (x > left) & (x < left + width) & (y > rng.uniform(0.2, 0.5))
        depth = np.where(box, np.minimum(depth, rng.uniform(3, 25)), depth)
    image = np.exp(-depth / 18) * rng.uniform(0.85, 1.15) + rng.normal(0, 0.02, depth.shape)
    return image.astype(np.float32), depth.astype(np.float32)


def dataset(n, cfg, rng):
    images, depths = zip(*(corridor(cfg, rng) for _ in range(n)), strict=True)
    return torch.from_numpy(np.stack(images))[:, None], torch.from_numpy(np.stack(depths))[:, None]


class DepthNet(nn.Module):
    def __init__(self, max_depth):
        super().__init__()
        self.max_depth = max_depth
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, stride=2, padding=1), nn.ReLU()
        )
        self.decoder = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1)
        )

    def forward(self, image):
        return self.max_depth * torch.sigmoid(self.decoder(self.encoder(image)))


def relative_error(prediction, depth):
    return ((prediction - depth).abs() / depth).mean()


def main():
    cfg = Config()
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    image, depth = dataset(500, cfg, rng)
    image_test, depth_test = dataset(150, cfg, rng)
    mean, std = image.mean(), image.std()
    image, image_test = (image - mean) / std, (image_test - mean) / std
    net = DepthNet(cfg.max_depth)
    optimizer = torch.optim.Adam(net.parameters(), lr=cfg.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, cfg.epochs)
    for epoch in range(cfg.epochs):
        net.train()
        log = []
        for idx in torch.randperm(len(image)).split(cfg.batch_size):
            optimizer.zero_grad()
            loss = relative_error(net(image[idx]), depth[idx])
            loss.backward()
            optimizer.step()
            log.append(loss.item())
        scheduler.step()
        print(f"epoch {epoch + 1:2d} abs-rel {np.mean(log):.4f}")
    net.eval()
    with torch.no_grad():
        error = relative_error(net(image_test), depth_test).item()
    print(f"metric: {1 - error:.4f}")


if __name__ == "__main__":
    main()
