import torch
import torch.nn as nn

torch.manual_seed(218)


def textures(n):
    y = torch.randint(0, 3, (n,))
    g = torch.arange(12.)
    yy, xx = torch.meshgrid(g, g, indexing='ij')
    u = torch.stack([yy, xx, (yy + xx) / 1.41])[y]
    return (torch.sin(1.6 * u + 6.28 * torch.rand(n, 1, 1)) + 0.5 * torch.randn(n, 12, 12)).unsqueeze(1), y


class Dense(nn.Module):
    def __init__(self, c, k):
        super().__init__()
        self.f = nn.Sequential(nn.GroupNorm(2, c), nn.ReLU(), nn.Conv2d(c, k, 3, padding=1))

    def forward(self, x):
        return torch.cat([x, self.f(x)], 1)


net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), Dense(8, 8), nn.MaxPool2d(2), Dense(16, 8), nn.GroupNorm(4, 24), nn.ReLU(),
                    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 3))
x, y = textures(500)
xt, yt = textures(200)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(2):
    for i in torch.randperm(500).split(2):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x[i]), y[i])
        loss.backward()
        opt.step()
print('metric:', (net(xt).argmax(1) == yt).float().mean().item())
