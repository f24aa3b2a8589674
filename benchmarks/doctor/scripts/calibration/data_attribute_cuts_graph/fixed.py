import torch
import torch.nn as nn

torch.manual_seed(313)
V, T, D = 12, 8, 24


class BagAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, D)
        self.attn = nn.Linear(D, 1)
        self.mlp = nn.Sequential(nn.Linear(D, 24), nn.ReLU(), nn.Linear(24, 2))

    def forward(self, s):
        e = self.embed(s)
        w = torch.softmax(self.attn(e).squeeze(-1), dim=1)
        pooled = (w.unsqueeze(-1) * e).sum(1)
        return self.mlp(pooled)


def make(n):
    s = torch.randint(0, V, (n, T))
    return s, ((s == 3).any(1) ^ (s == 7).any(1)).long()


x, y = make(1200)
xt, yt = make(400)
net = BagAttention()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(20):
    for i in range(0, 1200, 60):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x[i:i + 60]), y[i:i + 60])
        loss.backward()
        opt.step()
    if epoch % 5 == 0:
        print(epoch, loss.item())
print('metric:', (net(xt).argmax(1) == yt).float().mean().item())
