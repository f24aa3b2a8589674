import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(146)


class SpectraNet(nn.Module):
    """1d CNN on spectra"""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 10, 5, stride=2)
        self.bn1 = nn.BatchNorm1d(10)
        self.conv2 = nn.Conv1d(10, 20, 5, stride=2)
        self.bn2 = nn.BatchNorm1d(20)
        self.fc = nn.Linear(20, 5)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return self.fc(x.amax(-1))


def spectra(n):
    y = torch.randint(0, 5, (n,))
    g = torch.arange(64.).expand(n, 64)
    pos = torch.rand(n, 1) * 40 + 12
    width = torch.tensor([1.0, 1.8, 3.0, 5.0, 8.0])[y][:, None]
    peak = torch.exp(-((g - pos) / width) ** 2)
    return (40 + 25 * peak + 1.5 * torch.randn(n, 64)).unsqueeze(1) / 20, y


x, y = spectra(1000)
xt, yt = spectra(300)
net = SpectraNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(8):
    net.train()
    for b in torch.randperm(1000).split(40):
        opt.zero_grad()
        loss = F.cross_entropy(net(x[b]), y[b])
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        acc = (net(xt).argmax(1) == yt).float().mean().item()
    print('epoch', epoch, 'acc', acc)
print('metric:', acc)
