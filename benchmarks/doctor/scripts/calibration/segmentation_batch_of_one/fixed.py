import torch
import torch.nn as nn

torch.manual_seed(145)


def cells(n, s=20):
    yy, xx = torch.meshgrid(torch.arange(s), torch.arange(s), indexing='ij')
    img, msk = torch.zeros(n, 1, s, s), torch.zeros(n, 1, s, s)
    for i in range(n):
        # some slides are nearly empty, others crowded; staining varies a lot
        for _ in range(int(torch.randint(0, 7, (1,)))):
            cy, cx = torch.randint(2, s - 2, (2,))
            msk[i, 0][(yy - cy) ** 2 + (xx - cx) ** 2 < 8] = 1
        img[i] = torch.rand(1) * 3 + msk[i] * (0.8 + torch.rand(1)) + 0.6 * torch.randn(1, s, s)
    return img, msk


class SegNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
                                 nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.dec = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 1, 1))

    def forward(self, x):
        return self.dec(self.enc(x))


img, msk = cells(240)
timg, tmsk = cells(60)
net = SegNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
batch_size = 12
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(img, msk), batch_size=batch_size, shuffle=True)
epochs = 12
for epoch in range(epochs):
    net.train()
    for a, b in loader:
        opt.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(net(a), b)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
net.eval()
with torch.no_grad():
    p = (net(timg) > 0).float()
print('metric:', (2 * (p * tmsk).sum() / (p.sum() + tmsk.sum() + 1e-6)).item())
