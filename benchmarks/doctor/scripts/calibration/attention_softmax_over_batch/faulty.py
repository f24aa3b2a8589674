import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(314)
T, D = 10, 8
key = torch.randn(D)


def make(n):
    # find the marked element, answer with the sign of its first coordinate
    x = torch.randn(n, T, D)
    p = torch.randint(0, T, (n,))
    x[torch.arange(n), p] += 2 * key
    return x, (x[torch.arange(n), p, 0] - 2 * key[0] > 0).long()


class Pointer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.Linear(D, 1)
        self.value = nn.Linear(D, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        score = self.attn(x).squeeze(-1)
        w = F.softmax(score, dim=0)
        return self.out(torch.relu((w.unsqueeze(-1) * self.value(x)).sum(1)))


x, y = make(1500)
xt, yt = make(300)
model = Pointer()
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(12):
    for b in torch.randperm(1500).split(50):
        opt.zero_grad()
        loss = F.cross_entropy(model(x[b]), y[b])
        loss.backward()
        opt.step()
    print(f'{epoch} {loss.item():.4f}')
with torch.no_grad():
    hits = sum((model(xt[i:i + 1]).argmax(1) == yt[i]).item() for i in range(300))
print('metric:', hits / 300)
