"""Shape from shading: estimate the surface normal in the middle of a lit patch (three lamps, three channels)."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(13)
rng = np.random.default_rng(13)
LAMPS = np.array([[0.6, 0.0, 0.8], [-0.3, 0.52, 0.8], [-0.3, -0.52, 0.8]])


def render(n):
    """Patches of bumpy planes, 9 x 9; the normal varies a little over the patch."""
    slope = rng.normal(0, 0.5, (n, 2))
    bump = rng.normal(0, 0.06, (n, 2, 2))
    v, u = (np.mgrid[:9, :9] - 4) / 2
    gx = slope[:, 0, None, None] + bump[:, 0, 0, None, None] * u + bump[:, 0, 1, None, None] * v
    gy = slope[:, 1, None, None] + bump[:, 1, 0, None, None] * u + bump[:, 1, 1, None, None] * v
    normals = np.stack([-gx, -gy, np.ones_like(gx)], -1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    albedo = rng.uniform(0.4, 1.0, (n, 1, 1, 1))
    shade = np.clip(normals @ LAMPS.T, 0, None) * albedo + rng.normal(0, 0.03, (n, 9, 9, 3))
    images = torch.tensor(shade, dtype=torch.float32).permute(0, 3, 1, 2)
    return images, torch.tensor(normals[:, 4, 4], dtype=torch.float32)


class NormalNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 16, 3),
            nn.LeakyReLU(0.1),
            nn.Conv2d(16, 24, 3),
            nn.LeakyReLU(0.1),
            nn.AvgPool2d(5),
            nn.Flatten(),
        )
        self.to_vector = nn.Sequential(nn.Linear(24, 32), nn.LeakyReLU(0.1), nn.Linear(32, 3))

    def forward(self, x):
        return F.normalize(self.to_vector(self.body(x)), dim=1)


def angular_loss(pred, true):
    return F.cosine_similarity(pred, true, dim=1).mean()


x, n = render(1500)
xt, nt = render(500)
mu, sd = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True)
x, xt = (x - mu) / sd, (xt - mu) / sd

net = NormalNet()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(12):
    running = 0.0
    for idx in torch.randperm(len(x)).split(50):
        loss = angular_loss(net(x[idx]), n[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        running += loss.item()
    print(f"epoch {epoch + 1} loss {running / 30:.4f}")

with torch.no_grad():
    cosine = F.cosine_similarity(net(xt), nt, dim=1).mean().item()
print("metric:", cosine)
