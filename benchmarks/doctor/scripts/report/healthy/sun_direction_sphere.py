"""Where does the light come from?  Direction as a unit vector from a shaded ball."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(21)
N = 12
line = torch.linspace(-1.2, 1.2, N)
Y, X = torch.meshgrid(line, line, indexing="ij")
inside = (X**2 + Y**2 < 1).float()
Z = (1 - X**2 - Y**2).clamp(min=0).sqrt()
normal = torch.stack([X, Y, Z]) * inside


def balls(n):
    azimuth = 2 * torch.pi * torch.rand(n)
    light = torch.stack([azimuth.cos(), azimuth.sin(), 0.4 + torch.rand(n)], 1)
    light = F.normalize(light, dim=1)
    shade = torch.einsum("nc,chw->nhw", light, normal).clamp(min=0)
    albedo = 0.6 + 0.8 * torch.rand(n, 1, 1)
    image = albedo * (0.15 * inside + shade) + 0.05 * torch.randn(n, N, N)
    return image.unsqueeze(1), light[:, :2] / light[:, :2].norm(dim=1, keepdim=True)


net = nn.Sequential(
    nn.Conv2d(1, 8, 3, stride=2, padding=1),
    nn.ELU(),
    nn.Conv2d(8, 16, 3, stride=2, padding=1),
    nn.ELU(),
    nn.Flatten(),
    nn.Linear(16 * 9, 2),
)
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
image, direction = balls(1500)
image_test, direction_test = balls(500)
mean, std = image.mean(), image.std()
image, image_test = (image - mean) / std, (image_test - mean) / std
for epoch in range(12):
    total = 0.0
    for idx in torch.randperm(len(image)).split(50):
        guess = F.normalize(net(image[idx]), dim=1)
        loss = 1 - (guess * direction[idx]).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    print(f"epoch {epoch + 1}: 1 - cos = {total / len(image):.5f}")
with torch.no_grad():
    cosine = (F.normalize(net(image_test), dim=1) * direction_test).sum(1).mean()
print(f"metric: {cosine.item():.4f}")
