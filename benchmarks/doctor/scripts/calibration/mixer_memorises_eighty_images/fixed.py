import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(131)
d = load_digits()
x = torch.tensor(d.images, dtype=torch.float32) / 16
x = x + 0.45 * torch.randn_like(x)           # bad scanner
y = torch.tensor(d.target)
p = torch.randperm(len(y))
x, y = x[p], y[p]
n = 1200
epochs = 8
xtr, ytr, xva, yva, xte, yte = x[:n], y[:n], x[1200:1500], y[1200:1500], x[1500:], y[1500:]


class MixerBlock(nn.Module):
    def __init__(self, tokens, dim):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.token = nn.Sequential(nn.Linear(tokens, 32), nn.GELU(), nn.Linear(32, tokens))
        self.channel = nn.Sequential(nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, dim))

    def forward(self, x):
        x = x + self.token(self.n1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channel(self.n2(x))


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(4, 32)
        self.blocks = nn.Sequential(MixerBlock(16, 32), MixerBlock(16, 32))
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        x = x.unfold(1, 2, 2).unfold(2, 2, 2).reshape(len(x), 16, 4)
        return self.head(self.blocks(self.embed(x)).mean(1))


net = Mixer()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for ep in range(epochs):
    net.train()
    for b in torch.randperm(n).split(20 if n < 100 else 50):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xtr[b]), ytr[b])
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        vl = nn.functional.cross_entropy(net(xva), yva)
    if ep % 5 == 4:
        print(ep, loss.item(), vl.item())
with torch.no_grad():
    print('metric:', 1 - nn.functional.cross_entropy(net(xte), yte).item() / 2.3026)
