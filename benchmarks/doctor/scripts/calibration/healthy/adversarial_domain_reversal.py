import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(258)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, lam):
        ctx.lam = lam
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -ctx.lam * g, None


w = torch.randn(10)
xs = torch.randn(1000, 10)
xt = torch.randn(1000, 10) + torch.tensor([1.5] + [0.0] * 9)
w[0] = 0.0
ys, yt = (xs @ w > 0).long(), (xt @ w > 0).long()
feat = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
label_head, domain_head = nn.Linear(16, 2), nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam([*feat.parameters(), *label_head.parameters(), *domain_head.parameters()], lr=2e-3)
for it in range(300):
    i, j = torch.randint(0, 1000, (32,)), torch.randint(0, 1000, (32,))
    fs, ft = feat(xs[i]), feat(xt[j])
    cls = F.cross_entropy(label_head(fs), ys[i])
    dom = F.cross_entropy(domain_head(Reverse.apply(torch.cat([fs, ft]), 0.3)), torch.tensor([0] * 32 + [1] * 32))
    opt.zero_grad()
    (cls + dom).backward()
    opt.step()
    if it % 60 == 0:
        print(it, cls.item(), dom.item())
with torch.no_grad():
    print('metric:', (label_head(feat(xt)).argmax(1) == yt).float().mean().item())
