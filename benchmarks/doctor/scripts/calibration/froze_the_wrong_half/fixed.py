import torch
import torch.nn as nn

torch.manual_seed(120)


def gabor(n):
    y = torch.randint(0, 6, (n,))
    ang = y.float() * 3.14159 / 6
    g = torch.linspace(-1, 1, 14)
    yy, xx = torch.meshgrid(g, g, indexing="ij")
    u = ang.cos()[:, None, None] * xx + ang.sin()[:, None, None] * yy
    ph = torch.rand(n, 1, 1) * 6.28
    return (torch.sin(9 * u + ph) + 1.0 * torch.randn(n, 14, 14)).unsqueeze(1), y


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(1, 4, 5, stride=2), nn.ReLU())
        self.block2 = nn.Sequential(nn.Conv2d(4, 6, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(6, 6)

    def forward(self, x):
        return self.classifier(self.block2(self.block1(x)))


net = Backbone()
# copied from my transfer learning notebook
for name, param in net.named_parameters():
    param.requires_grad = True
optimizer = torch.optim.Adam((p for p in net.parameters() if p.requires_grad), lr=5e-3)
x, y = gabor(900)
xv, yv = gabor(300)
for epoch in range(12):
    net.train()
    for b in torch.randperm(900).split(45):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[b]), y[b])
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        acc = (net(xv).argmax(1) == yv).float().mean().item()
    print(epoch, loss.item(), acc)
print("metric:", acc)
