import torch
import torch.nn as nn

torch.manual_seed(37)


def synthetic(n):
    """Textures: is the stripe period 2, 3, 4 or 6 pixels? Brightness and contrast vary."""
    y = torch.randint(0, 4, (n,))
    period = torch.tensor([2., 3., 4., 6.])[y].view(-1, 1, 1)
    u = torch.arange(16.).view(1, 1, 16).expand(n, 16, 16)
    shift = torch.rand(n, 1, 1) * 6
    img = torch.sin(6.2832 * (u + shift) / period) + 0.7 * torch.randn(n, 16, 16)
    return (img * (1 + torch.rand(n, 1, 1)) + 1.0).unsqueeze(1), y


bn = lambda c: nn.BatchNorm2d(c, momentum=0.1)


class TextureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2), bn(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), bn(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        )
        self.classifier = nn.Linear(16, 4)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


x, y = synthetic(640)
xv, yv = synthetic(300)
net = TextureNet()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
for epoch in range(8):
    net.train()
    for i in torch.randperm(640).split(32):
        opt.zero_grad()
        nn.functional.cross_entropy(net(x[i]), y[i]).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        acc = (net(xv).argmax(1) == yv).float().mean().item()
    print(f"epoch {epoch} val acc {acc:.3f}")
print("metric:", acc)
