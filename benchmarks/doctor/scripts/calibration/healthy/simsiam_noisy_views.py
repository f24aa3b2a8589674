# SimSiam on digits: two noisy views, stop-gradient, negative cosine similarity; then a linear probe
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(3)
digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32) / 16
y = torch.tensor(digits.target)
perm = torch.randperm(len(x))
train, test = perm[:1400], perm[1400:]
mean = x[train].mean()


def view(img):
    """shift by up to one pixel, hide a 2x2 patch, add noise"""
    dy, dx = torch.randint(-1, 2, (2,)).tolist()
    img = torch.roll(img, (dy, dx), (1, 2))
    keep = torch.ones_like(img)
    r, c = torch.randint(0, 7, (2,)).tolist()
    keep[:, r:r + 2, c:c + 2] = 0
    return (img * keep + 0.1 * torch.randn_like(img) - mean).flatten(1)


encoder = nn.Sequential(
    nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(),
    nn.Linear(128, 64), nn.BatchNorm1d(64, affine=False))
predictor = nn.Sequential(nn.Linear(64, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 64))
opt = torch.optim.SGD([*encoder.parameters(), *predictor.parameters()], lr=0.1, momentum=0.9, weight_decay=1e-4)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 20 * 14)


def similarity(p, z):
    return F.cosine_similarity(p, z.detach(), dim=1).mean()


for epoch in range(20):
    total = 0.0
    for ix in train[torch.randperm(len(train))].split(100):
        z1, z2 = encoder(view(x[ix])), encoder(view(x[ix]))
        loss = -0.5 * (similarity(predictor(z1), z2) + similarity(predictor(z2), z1))
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        total += loss.item()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1} loss {total / 14:.4f} (-1 is perfect)")

frozen = copy.deepcopy(encoder).eval().requires_grad_(False)
with torch.no_grad():
    feats = frozen((x - mean).flatten(1))
probe = nn.Linear(64, 10)
opt = torch.optim.Adam(probe.parameters(), lr=2e-2)
for step in range(150):
    ix = train[torch.randint(len(train), (200,))]
    loss = F.cross_entropy(probe(feats[ix]), y[ix])
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    print("metric:", (probe(feats[test]).argmax(1) == y[test]).float().mean().item())
