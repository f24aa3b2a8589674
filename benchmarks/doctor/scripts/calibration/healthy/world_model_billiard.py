"""Latent dynamics: encode the picture of a ball, roll the latent forward with its speed, decode the next pictures."""
import torch
from torch import nn

torch.manual_seed(61)
axis = torch.linspace(-1, 1, 10)


def draw(p):
    d = (axis[None, :, None] - p[:, None, None, 1]) ** 2 + (axis[None, None, :] - p[:, None, None, 0]) ** 2
    return torch.exp(-d / 0.08).flatten(1)


def episodes(n, steps=4):
    p, v = torch.rand(n, 2) * 1.0 - 0.5, torch.rand(n, 2) * 0.2 - 0.1
    return torch.stack([draw(p + t * v) for t in range(steps)], 1), v / 0.06


class World(nn.Module):
    def __init__(self, z=6):
        super().__init__()
        self.eye = nn.Sequential(nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, z))
        self.step = nn.Sequential(nn.Linear(z + 2, 48), nn.ReLU(), nn.Linear(48, z))
        self.hand = nn.Sequential(nn.Linear(z, 64), nn.ReLU(), nn.Linear(64, 100))

    def encode(self, picture):
        return self.eye((picture - 0.06) / 0.17)

    def transition(self, z, v):
        return z + self.step(torch.cat([z, v], 1))

    def decode(self, z):
        return self.hand(z)

    def imagine(self, first, v, steps):
        z = self.encode(first)
        pictures = [self.decode(z)]
        for _ in range(steps - 1):
            z = self.transition(z, v)
            pictures.append(self.decode(z))
        return torch.stack(pictures, 1)


films, speed = episodes(2000)
world = World()
opt = torch.optim.Adam(world.parameters(), lr=2e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 24)
for epoch in range(24):
    for k in torch.randperm(2000).split(80):
        guess = world.imagine(films[k, 0], speed[k], 4)
        loss = 30 * (guess - films[k]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
    if epoch % 6 == 5:
        print(epoch + 1, loss.item())
films, speed = episodes(400)
with torch.no_grad():
    err = (world.imagine(films[:, 0], speed, 4)[:, 1:] - films[:, 1:]).pow(2).mean()
print("metric:", 1 - (err / films[:, 1:].var()).item())
