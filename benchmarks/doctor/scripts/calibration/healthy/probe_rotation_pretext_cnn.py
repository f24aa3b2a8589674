"""Self-supervised pretext (which quarter turn?) on digits, then a linear probe on the frozen features."""
import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(5)
digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
y = torch.tensor(digits.target)
order = torch.randperm(len(x))
x, y = x[order], y[order]
x_tr, y_tr, x_te, y_te = x[:1300], y[:1300], x[1300:], y[1300:]

body = nn.Sequential(
    nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(),
    nn.Conv2d(24, 32, 3, padding=1, stride=2), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten())
turn_head = nn.Linear(512, 4)

opt = torch.optim.Adam([*body.parameters(), *turn_head.parameters()], lr=2e-3)
for epoch in range(4):
    good = 0
    for idx in torch.randperm(len(x_tr)).split(65):
        k = torch.randint(4, (len(idx),))
        turned = torch.stack([torch.rot90(im, int(q), (1, 2)) for im, q in zip(x_tr[idx], k)])
        out = turn_head(body(turned))
        loss = F.cross_entropy(out, k)
        opt.zero_grad(); loss.backward(); opt.step()
        good += (out.argmax(1) == k).sum().item()
    print(f'pretext epoch {epoch}: accuracy {good / len(x_tr):.3f}')

# ---- probe: body in eval mode, no gradient
body.eval()
for p in body.parameters():
    p.requires_grad = False

probe = nn.Linear(512, 10)
opt = torch.optim.Adam(probe.parameters(), lr=5e-3)
for epoch in range(8):
    for idx in torch.randperm(len(x_tr)).split(65):
        loss = F.cross_entropy(probe(body(x_tr[idx])), y_tr[idx])
        opt.zero_grad(); loss.backward(); opt.step()
    if epoch % 2:
        print('probe epoch', epoch, 'loss', round(loss.item(), 4))
with torch.no_grad():
    print('metric:', (probe(body(x_te)).argmax(1) == y_te).float().mean().item())
