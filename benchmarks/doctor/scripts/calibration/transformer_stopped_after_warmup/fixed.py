import torch
import torch.nn as nn

torch.manual_seed(133)
# count the ones in a binary sequence (mod 4 classes would be hard, so 0..8 -> 9 classes)
L = 8


def data(n):
    s = torch.randint(0, 2, (n, L))
    return s, s.sum(1)


class Encoder(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed = nn.Embedding(2, d)
        self.attn = nn.MultiheadAttention(d, 4, batch_first=True)
        self.norm = nn.LayerNorm(d)
        self.ff = nn.Sequential(nn.Linear(d, 64), nn.ReLU(), nn.Linear(64, d))
        self.norm2 = nn.LayerNorm(d)
        self.out = nn.Linear(d, L + 1)

    def forward(self, s):
        x = self.embed(s)
        x = self.norm(x + self.attn(x, x, x, need_weights=False)[0])
        x = self.norm2(x + self.ff(x))
        return self.out(x.mean(1))


x, y = data(1280)
xt, yt = data(400)
net = Encoder()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
max_epochs = 15
for epoch in range(max_epochs):
    net.train()
    for b in torch.randperm(1280).view(-1, 40):
        loss = nn.functional.cross_entropy(net(x[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(epoch, loss.item(), nn.functional.cross_entropy(net(xt), yt).item())
print('metric:', (net(xt).argmax(1) == yt).float().mean().item())
