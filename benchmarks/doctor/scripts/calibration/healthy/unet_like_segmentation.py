import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(55)


def circles(n, s=16):
    yy, xx = torch.meshgrid(torch.arange(s), torch.arange(s), indexing='ij')
    c = torch.randint(4, s - 4, (n, 2, 1, 1))
    r = torch.randint(3, 6, (n, 1, 1))
    mask = ((yy - c[:, 0]) ** 2 + (xx - c[:, 1]) ** 2 < r ** 2).float()
    return (mask - 0.2 + 0.5 * torch.randn(n, s, s)).unsqueeze(1), mask.unsqueeze(1)


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU())


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.mid = block(1, 8), block(8, 16), block(16, 16)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.up1 = block(16, 8)
        self.final = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.mid(self.down2(F.max_pool2d(a, 2)))
        return self.final(self.up1(torch.cat([a, self.up(b)], 1)))


x, m = circles(400)
xt, mt = circles(100)
net = UNet()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(6):
    net.train()
    for i in torch.randperm(400).split(20):
        opt.zero_grad()
        loss = F.binary_cross_entropy_with_logits(net(x[i]), m[i])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
net.eval()
with torch.no_grad():
    p = (net(xt) > 0).float()
print('metric:', (2 * (p * mt).sum() / (p.sum() + mt.sum())).item())
