import torch
from torch import nn

torch.manual_seed(48)


def sets(n, size=7):
    """One of seven vectors does not belong to the others; say which."""
    x = torch.randn(n, 1, 6).expand(-1, size, -1) + 0.4 * torch.randn(n, size, 6)
    odd = torch.randint(size, (n,))
    x = x.clone()
    x[torch.arange(n), odd] = torch.randn(n, 6) * 1.2
    return x, odd


class Finder(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.inp = nn.Linear(6, d)
        layer = nn.TransformerEncoderLayer(d, 4, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.enc = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(d, 1)

    def forward(self, x):
        return self.out(self.enc(self.inp(x))).squeeze(-1)


x, y = sets(3200)
net = Finder()
opt = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.01)
total = 300
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min((s + 1) / 40, (total - s) / (total - 40)))
step = 0
while step < total:
    for k in torch.randperm(3200).split(64):
        loss = nn.functional.cross_entropy(net(x[k]), y[k])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        step += 1
    print(step, loss.item())
x, y = sets(800)
net.eval()
with torch.no_grad():
    print("metric:", (net(x).argmax(1) == y).float().mean().item())
