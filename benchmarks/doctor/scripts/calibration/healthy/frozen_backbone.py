# feature extraction: body trained on one task, frozen, small head on another
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(11)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32).view(-1, 1, 8, 8) / 16
y = torch.tensor(y)
backbone = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
                         nn.Conv2d(16, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.Flatten())
head = nn.Linear(256, 10)
pre = torch.optim.Adam([*backbone.parameters(), *head.parameters()], lr=3e-3)
for i in range(150):
    b = torch.randint(0, 1000, (32,))
    pre.zero_grad()
    F.cross_entropy(head(backbone(X[b])), y[b]).backward()
    pre.step()

# task two: even or odd
backbone.eval()
for p in backbone.parameters():
    p.requires_grad_(False)
new_head = nn.Linear(256, 1)
opt = torch.optim.Adam(new_head.parameters(), lr=5e-3)
for i in range(200):
    b = torch.randint(0, 1400, (32,))
    with torch.no_grad():
        f = backbone(X[b])
    loss = F.binary_cross_entropy_with_logits(new_head(f).squeeze(1), (y[b] % 2).float())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i % 40 == 0:
        print(i, loss.item())
with torch.no_grad():
    out = new_head(backbone(X[1400:])).squeeze(1)
print('metric:', ((out > 0) == (y[1400:] % 2 == 1)).float().mean().item())
